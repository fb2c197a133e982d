package review

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
)

const (
	hourlyRateDefault = 1000 // requests an hour of a target that does not say
	requestSeconds    = 1    // more than most requests take
)

// effort is what carrying out a plan takes.
type effort struct {
	calls, links int
	requests     int     // calls and readings
	rate         int     // requests an hour of the targets; 0: they differ
	wait         float64 // hours, at the rates of the targets
	asked        bool    // a server is asked, rather than a file written
}

func effortOf(p *pipeline.Plan) effort {
	var e effort
	rates, requests := map[string]int{}, map[string]int{} // by connection
	for _, b := range p.Header.Bindings {
		e.links += len(b.Links)
		if b.Requests.Write == 0 {
			continue
		}
		e.asked = e.asked || b.Requests.Readings > 0 // which older plans do not tell
		rate, err := strconv.Atoi(b.Connection.Config["requests_per_hour"])
		if err != nil || rate <= 0 {
			rate = hourlyRateDefault
		}
		e.calls += b.Requests.Write
		e.requests += b.Requests.Requests()
		rates[b.Connection.Name] = rate
		requests[b.Connection.Name] += b.Requests.Requests()
	}
	for _, name := range slices.Sorted(maps.Keys(rates)) {
		rate := rates[name]
		e.wait += math.Max(0, float64(requests[name]-rate)/float64(rate))
		if e.rate = rate; len(rates) > 1 {
			e.rate = 0
		}
	}
	return e
}

// cost says what carrying out the plan takes at the rate of its targets.
func cost(p *pipeline.Plan) string {
	e := effortOf(p)
	calls := count(e.calls, "writing call")
	switch {
	case e.calls == 0 && e.links > 0:
		return "nothing to write; apply would remember " + count(e.links, "row")
	case e.calls == 0:
		return "nothing to write"
	case !e.asked:
		return calls
	}
	calls += " and up to " + count(e.requests-e.calls, "reading request")
	rate := "the rates of the targets"
	if e.rate > 0 {
		rate = group(e.rate) + " an hour"
	}
	if e.wait == 0 {
		return calls + ", without waiting at " + rate
	}
	return calls + fmt.Sprintf(", up to %.0f minutes at %s", math.Ceil(e.wait*60), rate)
}

// duration says how long carrying out the plan takes. Where no rate makes it wait,
// that is told for requests that take requestSeconds each.
func duration(p *pipeline.Plan) string {
	e := effortOf(p)
	switch minutes := (e.requests*requestSeconds + 59) / 60; {
	case e.calls == 0:
		return "none, " + cost(p)
	case !e.asked:
		return cost(p) + " and no waiting"
	case e.wait > 0:
		return cost(p)
	case minutes <= 1:
		return "under a minute at a second a request; " + cost(p)
	default:
		return fmt.Sprintf("about %d minutes at a second a request; %s", minutes, cost(p))
	}
}

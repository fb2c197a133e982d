package review

import (
	"fmt"
	"math"
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
	wait         float64 // hours, at the rates of the targets
	asked        bool    // a server is asked, rather than a file written
}

func effortOf(p *pipeline.Plan) effort {
	var e effort
	for _, b := range p.Header.Bindings {
		e.links += len(b.Links)
		if b.Requests.Write == 0 {
			continue
		}
		e.asked = e.asked || b.Requests.Read > 0
		rate, err := strconv.Atoi(b.Connection.Config["requests_per_hour"])
		if err != nil || rate <= 0 {
			rate = hourlyRateDefault
		}
		requests := b.Requests.Requests()
		e.calls += b.Requests.Write
		e.requests += requests
		e.wait += math.Max(0, float64(requests-rate)) / float64(rate)
	}
	return e
}

// cost says what carrying out the plan takes at the rate of its targets.
func cost(p *pipeline.Plan) string {
	e := effortOf(p)
	switch {
	case e.calls == 0 && e.links > 0:
		return "nothing to write; apply would remember " + count(e.links, "row")
	case e.calls == 0:
		return "nothing to write"
	case !e.asked:
		return count(e.calls, "writing call")
	case e.wait == 0:
		return count(e.calls, "writing call") + ", within the hour's requests"
	default:
		return count(e.calls, "writing call") + fmt.Sprintf(", up to %.0f minutes at the rate of the target", math.Ceil(e.wait*60))
	}
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

package plandocket

import "github.com/reconkit/reconkit/pipeline"

// canaryFrom is the number of changes of one bulk route from which its first
// call carries one alone, so that a server that does more than it was told to
// is found out on one contact.
const canaryFrom = 10 // changes

// Pack makes calls of at most 1,000 changes of one route, and of one change
// each for PATCH and DELETE. The calls of one contact that try out the bulk
// routes come first, deletes come last, and otherwise the order stays.
func (t *Target) Pack(changes []pipeline.Change) [][]pipeline.Change {
	var routes []string
	byRoute := map[string][]pipeline.Change{}
	for _, c := range changes {
		if byRoute[c.Route] == nil {
			routes = append(routes, c.Route)
		}
		byRoute[c.Route] = append(byRoute[c.Route], c)
	}
	var canaries, bulk, single, deletes [][]pipeline.Change
	for _, route := range routes {
		all := byRoute[route]
		if _, ok := bulkRoutes[route]; !ok {
			for i := range all {
				if route == RouteDelete {
					deletes = append(deletes, all[i:i+1:i+1])
				} else {
					single = append(single, all[i:i+1:i+1])
				}
			}
			continue
		}
		if len(all) >= canaryFrom {
			canaries = append(canaries, all[:1:1])
			all = all[1:]
		}
		for len(all) > 0 {
			n := min(len(all), callRecordsMax)
			bulk = append(bulk, all[:n:n])
			all = all[n:]
		}
	}
	calls := append(canaries, bulk...)
	calls = append(calls, single...)
	return append(calls, deletes...)
}

// bulkRoute is how a bulk route is spoken.
type bulkRoute struct{ mode, match string }

var bulkRoutes = map[string]bulkRoute{
	RouteCreateByEmail:  {"create", fieldEmail},
	RouteCreateByNumber: {"create", fieldNumber},
	RouteUpdateByNumber: {"update", fieldNumber},
	RouteUpdateByEmail:  {"update", fieldEmail},
}

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
	routes, byRoute := routed(changes)
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

// routed are the changes of each route, and the routes in the order in which they come
// first. The changes of a list of one route are not copied.
func routed(changes []pipeline.Change) (routes []string, byRoute map[string][]pipeline.Change) {
	byRoute = map[string][]pipeline.Change{}
	count := map[string]int{}
	for i := range changes {
		if count[changes[i].Route]++; count[changes[i].Route] == 1 {
			routes = append(routes, changes[i].Route)
		}
	}
	if len(routes) == 1 {
		byRoute[routes[0]] = changes
		return routes, byRoute
	}
	for _, route := range routes {
		byRoute[route] = make([]pipeline.Change, 0, count[route])
	}
	for i := range changes {
		byRoute[changes[i].Route] = append(byRoute[changes[i].Route], changes[i])
	}
	return routes, byRoute
}

// bulkRoute is how a bulk route is spoken.
type bulkRoute struct{ mode, match string }

var bulkRoutes = map[string]bulkRoute{
	RouteCreateByEmail:  {"create", fieldEmail},
	RouteCreateByNumber: {"create", fieldNumber},
	RouteUpdateByNumber: {"update", fieldNumber},
	RouteUpdateByEmail:  {"update", fieldEmail},
}

package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/cloudfront"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// frontDoor returns the template's CloudFront Function in front of its API; nil if there is none that
// runs here.
func (e *Emulator) frontDoor() http.Handler {
	d := e.stack.FrontDoor
	if d == nil || e.opt.NoFront {
		return nil
	}
	function, err := cloudfront.Compile(d.Function, d.Code, e.clock.Now, func(text string) {
		e.log.Info("the CloudFront function says", "function", d.Function, "text", text)
	})
	if err != nil {
		e.log.Warn(aboutTemplate, "resource", d.Function, "line", d.Line,
			"reason", fmt.Sprint("localdev cannot run this function: ", err))
		return nil
	}
	i := slices.IndexFunc(e.stack.APIs, func(a template.API) bool { return a.LogicalID == d.API })
	e.log.Info("the front door answers for all other paths", "distribution", d.LogicalID, "api", d.API)
	var first sync.Once
	return &cloudfront.Door{
		Function: function, Methods: d.Methods, Prefix: d.OriginPath, Log: e.log,
		Origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			first.Do(func() {
				e.log.Info("a request for a path that is no stage came through the front door; "+
					"the API's own address would refuse it", "distribution", d.LogicalID)
			})
			e.gateways[i].ServeEdge(w, r)
		}),
	}
}

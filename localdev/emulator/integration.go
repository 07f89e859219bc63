package emulator

import (
	"context"
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// integrateDynamoDB carries out what an integration asks DynamoDB for, as far as its role may.
func (e *Emulator) integrateDynamoDB(
	ctx context.Context, i template.Integration, request []byte,
) (status int, answer []byte) {
	why := ""
	switch {
	case i.Role == nil && !e.opt.Permissive: // whoever signs with nothing
		return http.StatusBadRequest, []byte(`{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException",` +
			`"message":"Missing Authentication Token"}`)
	case i.Role != nil:
		// What cannot be read the engine refuses, and says why.
		if needs, err := iam.DynamoDB(i.Service, request, e.tableARN()); err == nil {
			why = e.check(credentials(*i.Role), needs...)
		}
	}
	return e.proxy.Call(ctx, i.Service, request, why)
}

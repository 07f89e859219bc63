package emulator

import (
	"net/http"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/egress"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// domain is the host of an API on AWS.
func (e *Emulator) domain(api template.API) string {
	return e.host(api.ID + ".execute-api")
}

func (e *Emulator) host(service string) string {
	return service + "." + e.stack.Region + "." + template.Suffix(e.stack.Region)
}

func (e *Emulator) dualStack(service string) string {
	return service + "." + e.stack.Region + ".api.aws"
}

// above is what is here in front of the path that an API has on AWS.
func above(mount string, api template.API) string { return strings.TrimSuffix(mount, "/"+api.Stage) }

// startEgress answers for the hosts of AWS that functions call by their own idea of an address.
func (e *Emulator) startEgress(mounts []string) error {
	hosts := map[string]string{}
	for i, api := range e.stack.APIs {
		hosts[e.domain(api)] = above(mounts[i], api)
		hosts[e.dualStack(api.ID+".execute-api")] = above(mounts[i], api)
	}
	for _, service := range []string{"dynamodb", "streams.dynamodb", "lambda"} {
		hosts[e.host(service)] = ""
	}
	for _, service := range []string{"dynamodb", "lambda"} {
		hosts[e.dualStack(service)] = ""
		hosts[e.host(service+"-fips")] = ""
	}
	hosts[e.host(e.stack.AccountID+".ddb")] = "" // of SDKs that know the account
	var err error
	e.egress, err = egress.New(egress.Options{
		Hosts: hosts, Region: e.stack.Region, Log: e.log, CacheDir: e.cacheDir(),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.server.Handler.ServeHTTP(w, r) }),
	})
	return err
}

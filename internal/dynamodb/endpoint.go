package dynamodb

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// partitions are parts of AWS with names of their own, by how their regions begin.
var partitions = [...]struct{ prefix, suffix string }{
	{"cn-", "amazonaws.com.cn"},
	{"eusc-", "amazonaws.eu"},
	{"us-iso-", "c2s.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov"},
	{"us-isof-", "csp.hci.ic.gov"},
	{"eu-isoe-", "cloud.adc-e.uk"},
}

// endpoint reads the address of the API, or finds that of a region.
func endpoint(address, region string) (*url.URL, error) {
	if address == "" {
		if !smithyhttp.ValidHostLabel(region) {
			return nil, fmt.Errorf("%q is no region", region)
		}
		suffix := "amazonaws.com"
		for _, p := range partitions {
			if strings.HasPrefix(region, p.prefix) {
				suffix = p.suffix
			}
		}
		return &url.URL{Scheme: "https", Host: "dynamodb." + region + "." + suffix, Path: "/"}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the endpoint is no URL") // which may have a password in it
	}
	u.Path = cmp.Or(u.Path, "/")
	return u, nil
}

package template

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// DefaultRegion and DefaultAccount are those of a template that says nothing of where it goes.
const (
	DefaultRegion  = "us-east-1"
	DefaultAccount = "123456789012"
)

// destination is where a template is to be deployed; "" is unknown.
type destination struct{ account, region string }

var regionName = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+-[0-9]$`)

// destinationOf reads what a tool has noted beside the template that it wrote: the CDK for each
// stack in the assembly's manifest, the Serverless Framework in its state. Their templates have the
// region written out in endpoints and ARNs.
func destinationOf(file string) destination {
	dir, name := filepath.Split(file)
	if data, err := os.ReadFile(filepath.Join(dir, "manifest.json")); err == nil {
		var manifest struct {
			Artifacts map[string]struct {
				Environment string // aws://ACCOUNT/REGION
				Properties  struct{ TemplateFile string }
			}
		}
		if json.Unmarshal(data, &manifest) != nil {
			return destination{}
		}
		for _, a := range manifest.Artifacts {
			if a.Properties.TemplateFile != name {
				continue
			}
			account, region, _ := strings.Cut(strings.TrimPrefix(a.Environment, "aws://"), "/")
			return known(account, region)
		}
		return destination{}
	}
	var state struct {
		Service struct {
			Provider struct{ Region string }
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "serverless-state.json"))
	if err != nil || json.Unmarshal(data, &state) != nil {
		return destination{}
	}
	return known("", state.Service.Provider.Region)
}

// known leaves out what is no account or region: unknown-account, unknown-region.
func known(account, region string) destination {
	if len(account) != len(DefaultAccount) || strings.Trim(account, "0123456789") != "" {
		account = ""
	}
	if !regionName.MatchString(region) {
		region = ""
	}
	return destination{account, region}
}

// settle chooses the region and account of the templates in files, the first of which says most.
func (o *Options) settle(files []string) {
	var t destination
	for _, file := range files {
		there := destinationOf(file)
		t.region, t.account = cmp.Or(t.region, there.region), cmp.Or(t.account, there.account)
	}
	o.Region = cmp.Or(o.Region, t.region, o.LikelyRegion, DefaultRegion)
	o.account = cmp.Or(t.account, DefaultAccount)
}

// Partition is AWS::Partition, the second word of a region's ARNs.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// Suffix is AWS::URLSuffix, the end of a region's hosts.
func Suffix(region string) string {
	if Partition(region) == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

package template

import (
	"crypto/sha256"
	"strings"
)

const (
	maxBytes  = 1 << 20 // AWS takes templates of up to 1 MB
	maxDepth  = 200     // levels of nesting
	maxVisits = 1 << 20 // nodes evaluated for one Load: aliases in aliases could ask for billions
	maxText   = 1 << 20 // bytes of one evaluated string
	maxNested = 5       // levels of CDK assemblies in assemblies
)

// scope is what an expression of the template is evaluated in.
type scope struct {
	opt        Options
	account    string
	suggested  *node            // values of parameters that Metadata has for localdev
	tags       []string         // Go build tags that Metadata has for localdev
	params     map[string]*node // their values; strings or lists of strings
	mappings   *node
	conditions map[string]*condition
	resources  map[string]*resource
	order      []*resource // as in the document, generated ones after their source
	serverless bool        // SAM's transform runs over the template
	visits     int
	notices    []Notice
	peers      []*scope // of all the templates that are read together, this one included
	part       *part
	copied     int     // bytes of strings in what loops made
	looped     []*node // resources that loops made
	exporting  bool    // an export is being evaluated: the guard against exports that import each other
}

// resource is one resource, SAM's own types expanded into the plain ones that they stand for.
type resource struct {
	scope     *scope
	id        string
	typ       string
	at        pos
	props     *node
	meta      *node
	condition *node // name of its Condition
	active    bool  // its Condition holds
	sam       bool  // written as an AWS::Serverless type
	aliases   map[string]string
	name      string // physical name, once known
	naming    bool   // being evaluated: the guard against names that refer to each other

	connectors bool // it has some of its own
}

func (r *resource) notice(at pos, text string) {
	r.scope.notices = append(r.scope.notices, Notice{LogicalID: r.id, File: at.file, Line: at.line, Text: text})
}

// of returns the active resources of a type, in order.
func (s *scope) of(types ...string) []*resource {
	var found []*resource
	for _, r := range s.order {
		for _, t := range types {
			if r.typ == t && r.active {
				found = append(found, r)
			}
		}
	}
	return found
}

// hash returns n lower-case letters and digits, the same for the same words; the first is a letter.
func hash(n int, words ...string) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	b[0] = alphabet[int(sum[0])%26]
	return string(b)
}

// pseudo returns the value of a pseudo parameter such as AWS::Region; nil for AWS::NoValue.
func (s *scope) pseudo(at pos, name string) (value *node, ok bool) {
	switch name {
	case "AWS::NoValue":
		return nil, true
	case "AWS::NotificationARNs":
		return listNode(at), true
	case "AWS::Region":
		return textNode(at, s.opt.Region), true
	case "AWS::AccountId":
		return textNode(at, s.account), true
	case "AWS::StackName":
		return textNode(at, s.opt.StackName), true
	case "AWS::StackId":
		id := s.arn("cloudformation", "stack/"+s.opt.StackName+"/"+hash(12, s.opt.StackName))
		return textNode(at, id), true
	case "AWS::Partition":
		return textNode(at, s.partition()), true
	case "AWS::URLSuffix":
		return textNode(at, s.suffix()), true
	}
	return nil, false
}

func (s *scope) partition() string {
	switch {
	case strings.HasPrefix(s.opt.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.opt.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (s *scope) suffix() string {
	if s.partition() == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

func (s *scope) arn(service, rest string) string {
	return strings.Join([]string{"arn", s.partition(), service, s.opt.Region, s.account, rest}, ":")
}

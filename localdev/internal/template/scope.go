package template

import (
	"cmp"
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

// whole is what all the templates of one Load make up together.
type whole struct {
	scopes    []*scope
	functions []*function
	visits    int
	copied    int    // bytes of strings in what loops made
	showing   bool   // what is evaluated now, functions see
	overflow  *fault // what asked for more than any machine has
}

// scope is one template, and what an expression in it is evaluated in.
type scope struct {
	*whole
	*part
	opt        Options
	account    string
	parent     *scope           // of a nested stack
	given      *node            // values of parameters that the parent has for it
	prefix     string           // of a nested stack: the logical IDs that lead to it
	suggested  *node            // values of parameters that Metadata has for localdev
	tags       []string         // Go build tags that Metadata has for localdev
	declared   map[string]entry // its parameters
	params     map[string]*node // their values, once known: strings or lists of strings
	asked      map[string]bool  // being evaluated: the guard against parameters that depend on each other
	mappings   *node
	conditions map[string]*condition
	outputs    []entry
	exports    map[string]bool // being evaluated: the guard against outputs that depend on each other
	resources  map[string]*resource
	order      []*resource // as in the document, generated ones after their source
	serverless bool        // SAM's transform runs over the template
	including  bool        // what is evaluated now is an included file
	guessed    []string    // what the condition that is being evaluated depends on, and nobody knows here
}

// resource is one resource, SAM's own types expanded into the plain ones that they stand for.
type resource struct {
	scope     *scope
	id        string
	label     string // its ID in the whole, where two templates may have one ID
	typ       string
	at        pos
	props     *node
	meta      *node
	dependsOn *node
	condition *node // name of its Condition
	active    bool  // its Condition holds
	sam       bool  // written as an AWS::Serverless type
	aliases   map[string]string
	name      string // physical name, once known
	naming    bool   // being evaluated: the guard against names that refer to each other
	broken    *fault // a reference in it leads nowhere, or its name cannot be told
	nested    *scope // of a nested stack, once read
	read      bool
	shown     bool // functions see what localdev made up for it

	connectors bool // it has some of its own
}

func (r *resource) notice(at pos, text string) {
	n := Notice{LogicalID: cmp.Or(r.label, r.id), File: at.file, Line: at.line, Text: text}
	r.scope.notices = append(r.scope.notices, n)
}

// excuse makes a fault that nothing depends on a Notice, with what comes of it.
func (r *resource) excuse(err error, consequence string) {
	f := asFault(r.at, err)
	r.notice(f.at, strings.TrimPrefix(f.msg, r.id+": ")+consequence)
}

// visit counts the nodes that are looked at.
func (s *scope) visit(at pos) error {
	if s.visits++; s.visits > maxVisits {
		return s.tooMuch(at, "too much to evaluate: aliases, functions or loops multiply here")
	}
	return nil
}

// tooMuch is a fault that ends it all, wherever it is.
func (s *scope) tooMuch(at pos, msg string) error {
	f := &fault{at: at, msg: msg}
	if s.overflow == nil {
		s.overflow = f
	}
	return f
}

// of returns the template's active resources of some types, in order.
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

// all returns the active resources of some types in all templates.
func (w *whole) all(types ...string) []*resource {
	var found []*resource
	for _, s := range w.scopes {
		found = append(found, s.of(types...)...)
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
		return textNode(at, s.stackID(s.opt.StackName)), true
	case "AWS::Partition":
		return textNode(at, s.partition()), true
	case "AWS::URLSuffix":
		return textNode(at, s.suffix()), true
	}
	return nil, false
}

func (s *scope) stackID(name string) string {
	return s.arn("cloudformation", "stack/"+name+"/"+hash(12, name))
}

func (s *scope) partition() string { return Partition(s.opt.Region) }

func (s *scope) suffix() string { return Suffix(s.opt.Region) }

func (s *scope) arn(service, rest string) string {
	return strings.Join([]string{"arn", s.partition(), service, s.opt.Region, s.account, rest}, ":")
}

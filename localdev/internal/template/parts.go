package template

import (
	"maps"
	"path/filepath"
	"slices"
)

// checkParameters refuses values for parameters that no template has.
func checkParameters(parts []*part, opt Options) error {
	for _, name := range slices.Sorted(maps.Keys(opt.Parameters)) {
		var known []string
		for _, p := range parts {
			for _, e := range p.root.get("Parameters").allEntries() {
				known = append(known, e.key)
			}
		}
		if !slices.Contains(known, name) {
			return faultf(pos{}, "the template has no parameter %q%s", name, didYouMean(name, known))
		}
	}
	return nil
}

// declared returns the options with only those parameters that a template has.
func declared(root *node, opt Options) Options {
	given := opt.Parameters
	opt.Parameters = map[string]string{}
	for name, value := range given {
		if root.get("Parameters").entry(name) != nil {
			opt.Parameters[name] = value
		}
	}
	return opt
}

// distinct refuses templates that share a logical ID, as everything here is found by it: two stages
// of one CDK app, say.
func distinct(scopes []*scope) error {
	for i, s := range scopes {
		for _, other := range scopes[i+1:] {
			for _, r := range s.order {
				if r.runs() && other.resources[r.id] != nil {
					return &Error{Path: filepath.Dir(s.path), Msg: "two templates in it have a resource " + r.id +
						": name one of " + s.path + ", " + other.path}
				}
			}
		}
	}
	return nil
}

// withExports adds those templates of the same CDK assembly whose exports the given ones import,
// and so on from there.
func withExports(parts []*part) ([]*part, error) {
	taken := map[string]bool{}
	for _, p := range parts {
		taken[p.file] = true
	}
	for i := 0; i < len(parts); i++ {
		wanted := map[string]bool{}
		left := maxVisits
		importNames(parts[i].root, wanted, &left)
		if len(wanted) == 0 {
			continue
		}
		siblings, err := assembly(filepath.Dir(parts[i].path), maxNested)
		if err != nil {
			return nil, err
		}
		for _, file := range siblings {
			abs, err := filepath.Abs(file)
			if err != nil || taken[abs] {
				continue
			}
			p, err := readPart(file)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(p.root.get("Outputs").allEntries(), func(e entry) bool { return wanted[exportName(e)] }) {
				taken[abs] = true
				parts = append(parts, p)
			}
		}
	}
	return parts, nil
}

// importNames collects the names of what a template imports; left bounds the nodes it looks at.
func importNames(n *node, names map[string]bool, left *int) {
	if *left--; n == nil || *left < 0 {
		return
	}
	if function, arg := n.intrinsic(); function == "Fn::ImportValue" && arg.scalar() {
		names[arg.text] = true
	}
	for _, item := range n.list {
		importNames(item, names, left)
	}
	for _, e := range n.entries {
		importNames(e.value, names, left)
	}
}

// exportName returns the name under which an output is exported, "" when it is not, or the name is
// not written out.
func exportName(output entry) string {
	if name := output.value.get("Export").get("Name"); name.scalar() {
		return name.text
	}
	return ""
}

// imported evaluates what another of the templates exports under a name; nil if none does.
func (s *scope) imported(name string) (*node, error) {
	for _, peer := range s.scopes {
		for _, e := range peer.outputs {
			if exported, err := peer.eval(e.value.get("Export").get("Name")); err == nil && exported.plainText() == name {
				return peer.outputValue(e)
			}
		}
	}
	return nil, nil
}

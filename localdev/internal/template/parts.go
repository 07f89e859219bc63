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

// distinct refuses templates that share a logical ID, as everything here is found by it: two stages of one CDK app, say.
func distinct(parts []*part) error {
	for i, p := range parts {
		for _, other := range parts[i+1:] {
			for _, r := range p.scope.order {
				if runsHere := p.scope.runs(r); runsHere && other.scope.resources[r.id] != nil {
					return &Error{Path: filepath.Dir(p.path), Msg: "two templates in it have a resource " + r.id +
						": name one of " + p.path + ", " + other.path}
				}
			}
		}
	}
	return nil
}

// withExports adds those templates of the same CDK assembly whose exports the given ones import, and so on from there.
func withExports(parts []*part) ([]*part, error) {
	taken := map[string]bool{}
	for _, p := range parts {
		taken[p.file] = true
	}
	for i := 0; i < len(parts); i++ {
		wanted := map[string]bool{}
		left := maxVisits
		imports(parts[i].root, wanted, &left)
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

// imports collects the names of what a template imports; left bounds the nodes it looks at.
func imports(n *node, names map[string]bool, left *int) {
	if *left--; n == nil || *left < 0 {
		return
	}
	if function, arg := n.intrinsic(); function == "Fn::ImportValue" && arg.scalar() {
		names[arg.text] = true
	}
	for _, item := range n.list {
		imports(item, names, left)
	}
	for _, e := range n.entries {
		imports(e.value, names, left)
	}
}

// exportName returns the name under which an output is exported, "" when it is not, or the name is not written out.
func exportName(output entry) string {
	if name := output.value.get("Export").get("Name"); name.scalar() {
		return name.text
	}
	return ""
}

// imported evaluates what another of the templates exports under a name; nil if none does.
func (s *scope) imported(name string) (*node, error) {
	for _, peer := range s.peers {
		for _, e := range peer.part.root.get("Outputs").allEntries() {
			if exportName(e) != name {
				continue
			}
			if peer.exporting {
				return nil, faultf(e.at, "export %s depends on itself", name)
			}
			peer.exporting = true
			v, err := peer.eval(e.value.get("Value"))
			peer.exporting = false
			return v, err
		}
	}
	return nil, nil
}

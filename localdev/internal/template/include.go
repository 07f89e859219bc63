package template

import (
	"path/filepath"
	"strings"
)

const macroInclude = "AWS::Include"

// include reads the file that AWS::Include names; nil if it is another macro, or the file is not
// here.
func (s *scope) include(macro *node) (*node, error) {
	if macro.get("Name").plainText() != macroInclude {
		return nil, nil
	}
	location, err := s.eval(macro.get("Parameters").get("Location"))
	name := location.plainText()
	if err != nil || name == "" || strings.Contains(name, "://") || strings.Contains(name, onlyOnAWS) {
		return nil, err
	}
	p, err := readPart(filepath.Join(filepath.Dir(s.path), filepath.FromSlash(name)))
	if err != nil {
		return nil, faultf(macro.at, "AWS::Include: %s", err)
	}
	s.notices = append(s.notices, p.notices...)
	return p.root, nil
}

// macro evaluates an Fn::Transform: what is included, else only AWS knows.
func (s *scope) macro(at pos, arg *node) (*node, error) {
	file, err := s.include(arg)
	if err != nil {
		return nil, err
	}
	if file == nil || s.including { // an included file includes none
		return awsOnly(at, ofMacro, arg.get("Name").plainText()), nil
	}
	s.including = true
	defer func() { s.including = false }()
	return s.eval(file)
}

// included returns the entries of a section, with those of the files that it includes.
func (s *scope) included(entries []entry) ([]entry, error) {
	var out []entry
	for _, e := range entries {
		var file *node
		var err error
		if e.key == "Fn::Transform" {
			if file, err = s.include(e.value); err != nil {
				return nil, err
			}
		}
		if file == nil {
			out = append(out, e)
			continue
		}
		out = append(out, file.allEntries()...)
	}
	return s.unrolled(out)
}

// noteMacros tells which macros of the account's would change the template.
func (s *scope) noteMacros() {
	for _, n := range items(s.root.get("Transform")) {
		name := n.plainText()
		if name == "" {
			name = n.get("Name").plainText()
		}
		if !strings.HasPrefix(name, "AWS::") && name != "" {
			err := faultf(n.at, "macros run on AWS only: the template is read as it stands")
			s.notices = append(s.notices, noticeOf(name, err))
		}
	}
}

// chosen returns the branch of an Fn::If that stands for a whole section of a resource; anything
// else as it is.
func (s *scope) chosen(n *node) (*node, error) {
	function, arg := n.intrinsic()
	if function != "Fn::If" || arg.kind != kindList || len(arg.list) != 3 {
		return n, nil
	}
	yes, err := s.holds(arg.list[0].at, arg.list[0].plainText())
	if err != nil {
		return nil, err
	}
	if yes {
		return s.chosen(arg.list[1])
	}
	return s.chosen(arg.list[2])
}

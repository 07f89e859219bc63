package template

import "slices"

// runs reports whether localdev can run the function by itself, or Options say how.
func (f *function) runs(opt Options) bool {
	return f.broken == nil || opt.Remote || slices.Contains(opt.Exec, f.LogicalID)
}

// runnable returns the functions with what keeps each from running. One that only runs by other means, which Options do
// not name, is a Notice; it is an error where nothing of the template would work otherwise.
func runnable(functions []*function, apis []API, opt Options) ([]Function, error) {
	var all []string
	for _, f := range functions {
		all = append(all, f.LogicalID)
	}
	for _, id := range opt.Exec {
		if !slices.Contains(all, id) {
			return nil, faultf(pos{}, "the template has no function %q%s", id, didYouMean(id, all))
		}
	}
	var out []Function
	var first *fault // of a function that a route calls
	works := false
	for _, f := range functions {
		called := calls(apis, f.LogicalID)
		if f.runs(opt) {
			works = works || called
		} else {
			*f.notices = append(*f.notices, Notice{LogicalID: f.LogicalID, Line: f.broken.at.line, Text: f.broken.msg})
			if called && first == nil {
				first = f.broken
			}
		}
		if f.broken != nil {
			f.Broken = f.broken.msg
		}
		out = append(out, f.Function)
	}
	if first != nil && !works {
		return nil, first
	}
	return out, nil
}

// calls reports whether a route calls the function.
func calls(apis []API, id string) bool {
	for _, api := range apis {
		if slices.ContainsFunc(api.Routes, func(r Route) bool { return r.Integration.Function == id }) {
			return true
		}
	}
	return false
}

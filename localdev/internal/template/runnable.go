package template

import "slices"

// runs reports whether localdev can run the function by itself, or Options say how.
func (f *function) runs(opt Options) bool {
	return f.broken == nil || opt.Remote || slices.Contains(opt.Exec, f.LogicalID)
}

// runnable returns the functions with what keeps each from running. One that only runs by other
// means, which Options do not name, is a Notice: all else works without it.
func (w *whole) runnable(opt Options) ([]Function, error) {
	var all []string
	for _, f := range w.functions {
		all = append(all, f.LogicalID)
	}
	for _, id := range opt.Exec {
		if !slices.Contains(all, id) {
			return nil, faultf(pos{}, "the template has no function %q%s", id, didYouMean(id, all))
		}
	}
	var out []Function
	for _, f := range w.functions {
		if f.broken != nil {
			f.Broken = f.broken.msg
			f.Package, f.Binary = "", "" // nobody need build it
		}
		if f.bad != nil || !f.runs(opt) {
			f.scope.notices = append(f.scope.notices, noticeOf(f.LogicalID, f.broken))
		}
		out = append(out, f.Function)
	}
	return out, nil
}

package lambda

// freeze stops the process until its next event, as Lambda does: work that the function did not wait for stands still.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
func (in *instance) freeze() {
	if in.pool.opt.Awake {
		return
	}
	select {
	case <-in.runs: // its first request may be here before Start has returned
		in.child.Freeze()
	case <-in.gone:
	}
}

func (in *instance) thaw() {
	select {
	case <-in.runs:
		in.child.Thaw()
	default:
	}
}

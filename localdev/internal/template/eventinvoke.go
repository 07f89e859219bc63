package template

import (
	"slices"
	"time"
)

// Bounds and default of Lambda's asynchronous events.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
const (
	maxEventRetries = 2
	minEventAge     = 60
	maxEventAge     = 6 * 60 * 60 // seconds
)

// samEventInvoke writes out the EventInvokeConfig that SAM makes of a function's property of that
// name.
func (s *scope) samEventInvoke(r *resource) {
	config := r.props.entry("EventInvokeConfig")
	if config == nil {
		return
	}
	qualifier := textNode(config.at, "$LATEST")
	if alias := r.props.get("AutoPublishAlias"); alias != nil {
		qualifier = alias
	}
	props := mapNode(config.at, entry{"FunctionName", config.at, call(config.at, "Ref", textNode(config.at, r.id))},
		entry{"Qualifier", config.at, qualifier})
	props.entries = append(props.entries, config.value.allEntries()...)
	s.generate(r, r.id+"EventInvokeConfig", typeEventInvoke, config.at, props)
}

// eventInvokes gives the functions what their EventInvokeConfigs say. What is wrong with one
// concerns nothing else.
func (w *whole) eventInvokes() {
	for _, r := range w.all(typeEventInvoke) {
		if r.props.entry("DestinationConfig") != nil {
			r.notice(r.at, "localdev has no destinations: an asynchronous event that failed for good is in the log only")
		}
		if err := r.eventInvoke(); err != nil {
			r.excuse(err, "")
		}
	}
}

func (r *resource) eventInvoke() error {
	qualifier, err := r.text("Qualifier")
	switch {
	case err != nil:
		return err
	case qualifier == "":
		return faultf(r.at, "no Qualifier: write $LATEST, or the alias or version that is invoked")
	case qualifier != "$LATEST":
		return faultf(r.at, "localdev runs $LATEST only; what is for the qualifier %s takes effect on AWS only", qualifier)
	}
	name, err := r.text("FunctionName")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.scope.functions, func(f *function) bool { return r.scope.isNameOf(name, f) })
	if i < 0 {
		return faultf(r.at, "this is for %s, which is no function of this template", name)
	}
	f := r.scope.functions[i]
	if f.EventInvoke != nil {
		return faultf(r.at, "function %s has an EventInvokeConfig already, which counts", f.LogicalID)
	}
	retries, _, err := r.number("MaximumRetryAttempts", maxEventRetries, 0, maxEventRetries)
	if err != nil {
		return err
	}
	age, _, err := r.number("MaximumEventAgeInSeconds", maxEventAge, minEventAge, maxEventAge)
	if err != nil {
		return err
	}
	f.EventInvoke = &EventInvoke{Retries: retries, MaxAge: time.Duration(age) * time.Second}
	return nil
}

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

// eventInvokes gives the functions what their EventInvokeConfigs say.
func (s *scope) eventInvokes(functions []*function) error {
	for _, r := range s.of(typeEventInvoke) {
		if r.props.entry("DestinationConfig") != nil {
			r.notice(r.at, "localdev has no destinations: an asynchronous event that failed for good is in the log only")
		}
		qualifier, err := r.text("Qualifier")
		switch {
		case err != nil:
			return err
		case qualifier == "":
			return faultf(r.at, "%s has no Qualifier: write $LATEST, or the alias or version that is invoked", r.id)
		case qualifier != "$LATEST":
			r.notice(r.at, "localdev runs $LATEST only; what is for the qualifier "+qualifier+" takes effect on AWS only")
			continue
		}
		name, err := r.text("FunctionName")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(functions, func(f *function) bool { return s.isNameOf(name, f) })
		if i < 0 {
			r.notice(r.at, "this is for "+name+", which is no function of this template")
			continue
		}
		f := functions[i]
		if f.EventInvoke != nil {
			return faultf(r.at, "%s: function %s has an EventInvokeConfig already", r.id, f.LogicalID)
		}
		if f.EventInvoke, err = s.eventInvoke(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) eventInvoke(r *resource) (*EventInvoke, error) {
	retries, _, err := r.number("MaximumRetryAttempts", maxEventRetries, 0, maxEventRetries)
	if err != nil {
		return nil, err
	}
	age, _, err := r.number("MaximumEventAgeInSeconds", maxEventAge, minEventAge, maxEventAge)
	if err != nil {
		return nil, err
	}
	return &EventInvoke{Retries: retries, MaxAge: time.Duration(age) * time.Second}, nil
}

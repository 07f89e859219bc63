package template

import (
	"encoding/json"
	"strings"
	"time"
)

// streamEvents writes out the EventSourceMappings that SAM makes of a function's DynamoDB events.
func (s *scope) streamEvents(r *resource) {
	for _, e := range r.props.get("Events").allEntries() {
		if typ := e.value.get("Type"); !typ.scalar() || typ.text != "DynamoDB" {
			continue
		}
		props := mapNode(e.at, entry{"FunctionName", e.at, call(e.at, "Ref", textNode(e.at, r.id))})
		for _, p := range e.value.get("Properties").allEntries() {
			if p.key == "Stream" {
				p.key = "EventSourceArn"
			}
			props.entries = append(props.entries, p)
		}
		s.generate(r, r.id+e.key, typeMapping, e.at, props)
	}
}

// silentEvents tells which of a function's events never come.
func (s *scope) silentEvents(r *resource) {
	for _, e := range r.props.get("Events").allEntries() {
		if typ := e.value.get("Type"); typ.scalar() && typ.text != "DynamoDB" {
			r.notice(e.at, "localdev delivers no "+typ.text+" events: event "+e.key+" stays silent")
		}
	}
}

// sources returns what feeds functions from streams of the tables. What is wrong with one concerns
// nothing else.
func (w *whole) sources() []EventSource {
	var sources []EventSource
	for _, r := range w.all(typeMapping) {
		source, err := r.source()
		if err != nil {
			r.excuse(err, "; this mapping stays silent")
			continue
		}
		sources = append(sources, source)
	}
	return sources
}

// streamed returns the table whose stream a mapping reads.
func (r *resource) streamed() (*resource, error) {
	v, err := r.value("EventSourceArn")
	if err != nil {
		return nil, err
	}
	for _, table := range r.scope.all(typeTable, typeGlobalTable) {
		arn, err := table.attribute(r.at, "StreamArn")
		if err != nil {
			return nil, err
		}
		if arn.text != v.plainText() {
			continue
		}
		if table.props.get("StreamSpecification") == nil {
			return nil, faultf(v.at, "table %s has no stream: add a StreamSpecification to the table", table.id)
		}
		return table, nil
	}
	return nil, faultf(r.at, "localdev delivers from streams of the template's tables only")
}

func (r *resource) source() (EventSource, error) {
	table, err := r.streamed()
	if err != nil {
		return EventSource{}, err
	}
	out := EventSource{LogicalID: r.label, Table: table.label, Line: r.at.line}
	enabled, err := r.value("Enabled")
	switch {
	case err != nil:
		return out, err
	case enabled != nil && !enabled.truth():
		return out, faultf(r.at, "it is not Enabled")
	}
	if out.Function, err = r.sourceTarget(); err != nil {
		return out, err
	}
	position, err := r.text("StartingPosition")
	if err != nil {
		return out, err
	}
	if position != "TRIM_HORIZON" && position != "LATEST" {
		return out, faultf(r.at, "StartingPosition %q: a DynamoDB stream takes TRIM_HORIZON or LATEST", position)
	}
	out.FromStart = position == "TRIM_HORIZON"
	if out.BatchSize, _, err = r.number("BatchSize", 100, 1, 10000); err != nil {
		return out, err
	}
	seconds, _, err := r.number("MaximumBatchingWindowInSeconds", 0, 0, 300)
	if err != nil {
		return out, err
	}
	out.Window = time.Duration(seconds) * time.Second
	if out.Retries, _, err = r.number("MaximumRetryAttempts", -1, -1, 10000); err != nil {
		return out, err
	}
	bisect, err := r.value("BisectBatchOnFunctionError")
	if err != nil {
		return out, err
	}
	out.BisectOnError = bisect.truth()
	reports, err := r.value("FunctionResponseTypes")
	if err != nil {
		return out, err
	}
	if reports != nil {
		for _, n := range reports.list {
			out.ReportFailures = out.ReportFailures || n.scalar() && n.text == "ReportBatchItemFailures"
		}
	}
	out.Filters, err = r.filters()
	return out, err
}

// sourceTarget finds the function that a mapping feeds.
func (r *resource) sourceTarget() (string, error) {
	name, err := r.text("FunctionName")
	if err != nil {
		return "", err
	}
	for _, f := range r.scope.functions {
		if !r.scope.isNameOf(name, f) {
			continue
		}
		if !f.runs(r.scope.opt) {
			return "", faultf(r.at, "function %s cannot be run", f.LogicalID)
		}
		return f.LogicalID, nil
	}
	return "", faultf(r.at, "it feeds %q, which is no function of this template", name)
}

// isNameOf reports whether name is a function's name or ARN, with or without a qualifier.
func (s *scope) isNameOf(name string, f *function) bool {
	for _, known := range []string{f.Name, s.arn("lambda", "function:"+f.Name), s.account + ":function:" + f.Name} {
		if name == known || strings.HasPrefix(name, known+":") {
			return true
		}
	}
	return false
}

func (r *resource) filters() ([]json.RawMessage, error) {
	criteria, err := r.value("FilterCriteria")
	if err != nil {
		return nil, err
	}
	list := criteria.get("Filters")
	if list == nil {
		return nil, nil
	}
	var out []json.RawMessage
	for _, n := range list.list {
		pattern := n.get("Pattern")
		if pattern == nil {
			continue
		}
		text, err := plain(pattern, "Pattern")
		if err != nil {
			return nil, err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return nil, faultf(pattern.at, "the Pattern of a filter must be a JSON object in a string, "+
				"e.g. '{\"eventName\": [\"INSERT\"]}'")
		}
		out = append(out, json.RawMessage(text))
	}
	return out, nil
}

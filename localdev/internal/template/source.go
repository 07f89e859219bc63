package template

import (
	"encoding/json"
	"slices"
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

// sources returns what feeds functions from streams of the template's tables.
func (s *scope) sources(functions []*function) ([]EventSource, error) {
	var sources []EventSource
	for _, r := range s.of(typeMapping) {
		table, err := s.streamed(r)
		if err != nil {
			return nil, err
		}
		if table == nil {
			r.notice(r.at, "localdev delivers from streams of the template's tables only; this mapping stays silent")
			continue
		}
		if enabled, err := r.value("Enabled"); err != nil || enabled != nil && !enabled.truth() {
			if err != nil {
				return nil, err
			}
			r.notice(r.at, "this mapping is not Enabled and stays silent")
			continue
		}
		source, err := s.source(r, table, functions)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(functions, func(f *function) bool { return f.LogicalID == source.Function }); !functions[i].runs(s.opt) {
			r.notice(r.at, "function "+source.Function+" cannot be run; this mapping stays silent")
			continue
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// streamed returns the table whose stream a mapping reads; nil if it is none of this template's.
func (s *scope) streamed(r *resource) (*resource, error) {
	v, err := r.value("EventSourceArn")
	if err != nil || !v.scalar() {
		return nil, err
	}
	for _, peer := range s.peers {
		for _, table := range peer.of(typeTable, typeGlobalTable) {
			arn, err := table.attribute(r.at, "StreamArn")
			if err != nil {
				return nil, err
			}
			if arn.text != v.text {
				continue
			}
			if table.props.get("StreamSpecification") == nil {
				return nil, faultf(v.at, "%s reads the stream of table %s, which has none: add a StreamSpecification to the table", r.id, table.id)
			}
			return table, nil
		}
	}
	return nil, nil
}

func (s *scope) source(r, table *resource, functions []*function) (EventSource, error) {
	out := EventSource{LogicalID: r.id, Table: table.id, Line: r.at.line}
	var err error
	if out.Function, err = s.sourceTarget(r, functions); err != nil {
		return out, err
	}
	position, err := r.text("StartingPosition")
	if err != nil {
		return out, err
	}
	if position != "TRIM_HORIZON" && position != "LATEST" {
		return out, faultf(r.at, "%s: StartingPosition %q: a DynamoDB stream takes TRIM_HORIZON or LATEST", r.id, position)
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
	out.Filters, err = s.filters(r)
	return out, err
}

// sourceTarget finds the function that a mapping feeds.
func (s *scope) sourceTarget(r *resource, functions []*function) (string, error) {
	name, err := r.text("FunctionName")
	if err != nil {
		return "", err
	}
	for _, f := range functions {
		if s.isNameOf(name, f) {
			return f.LogicalID, nil
		}
	}
	return "", faultf(r.at, "%s feeds %q, which is no function of this template", r.id, name)
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

func (s *scope) filters(r *resource) ([]json.RawMessage, error) {
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
		text, err := plain(pattern, r.id+" Pattern")
		if err != nil {
			return nil, err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return nil, faultf(pattern.at, "%s: the Pattern of a filter must be a JSON object in a string, e.g. '{\"eventName\": [\"INSERT\"]}'", r.id)
		}
		out = append(out, json.RawMessage(text))
	}
	return out, nil
}

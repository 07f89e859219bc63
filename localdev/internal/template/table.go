package template

import (
	"encoding/json"
	"strconv"
)

// tables returns the DynamoDB tables as CreateTable takes them. One that cannot be made is left
// out.
func (w *whole) tables() []Table {
	var tables []Table
	for _, r := range w.all(typeTable, typeGlobalTable) {
		t, err := r.table()
		if err != nil {
			r.excuse(err, "; this table does not exist here")
			continue
		}
		tables = append(tables, t)
	}
	return tables
}

// tableProperties are those of a table that matter here: what is wrong with others stops nothing.
var tableProperties = []string{
	"AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema",
	"LocalSecondaryIndexes", "ProvisionedThroughput", "StreamSpecification", "TableClass", "TimeToLiveSpecification",
}

func (r *resource) table() (Table, error) {
	name := r.physicalName()
	if r.broken != nil {
		return Table{}, r.broken
	}
	props := mapNode(r.at)
	for _, property := range tableProperties {
		v, err := r.value(property)
		if err != nil {
			return Table{}, err
		}
		if v != nil {
			props.entries = append(props.entries, entry{key: property, at: v.at, value: v})
		}
	}
	t := Table{LogicalID: r.label, Name: name, Line: r.at.line}
	if ttl := props.get("TimeToLiveSpecification"); ttl.get("Enabled").truth() {
		attribute := ttl.get("AttributeName")
		if !attribute.scalar() || attribute.text == "" {
			return Table{}, faultf(ttl.at, "TimeToLiveSpecification needs an AttributeName")
		}
		t.TTL = attribute.text
	}
	for _, required := range []string{"KeySchema", "AttributeDefinitions"} {
		if n := props.get(required); n == nil || n.kind != kindList {
			return Table{}, faultf(r.at, "it has no %s", required)
		}
	}
	body := mapNode(r.at, entry{key: "TableName", value: textNode(r.at, name)})
	keep := func(keys ...string) {
		for _, k := range keys {
			if e := props.entry(k); e != nil {
				body.entries = append(body.entries, entry{key: k, at: e.at, value: typed(k, e.value)})
			}
		}
	}
	keep("AttributeDefinitions", "KeySchema")
	billing := props.get("BillingMode")
	onDemand := r.typ == typeGlobalTable || billing.scalar() && billing.text == "PAY_PER_REQUEST"
	if onDemand {
		body.entries = append(body.entries, entry{key: "BillingMode", value: textNode(r.at, "PAY_PER_REQUEST")})
	} else {
		if props.get("ProvisionedThroughput") == nil {
			return Table{}, faultf(r.at, "it needs BillingMode: PAY_PER_REQUEST, or ProvisionedThroughput")
		}
		keep("BillingMode", "ProvisionedThroughput")
	}
	for _, kind := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		if e := props.entry(kind); e != nil {
			body.entries = append(body.entries, entry{key: kind, value: indexes(e.value, onDemand)})
		}
	}
	if stream := props.get("StreamSpecification"); stream != nil && stream.kind == kindMap {
		// CloudFormation takes the presence of the section for what the API wants said.
		enabled := &node{kind: kindBool, at: stream.at, text: "true"}
		body.entries = append(body.entries, entry{key: "StreamSpecification", value: stream.with("StreamEnabled", enabled)})
	}
	keep("TableClass", "DeletionProtectionEnabled")
	if hasPolicy(r) {
		r.notice(r.at, "localdev does not look at this ResourcePolicy: functions may do all with the table")
	}
	t.Create = json.RawMessage(body.appendJSON(nil))
	return t, nil
}

// indexes keeps what CreateTable takes of each index.
func indexes(list *node, onDemand bool) *node {
	out := &node{kind: kindList, at: list.at}
	for _, index := range list.list {
		kept := mapNode(index.at)
		for _, k := range []string{"IndexName", "KeySchema", "Projection", "ProvisionedThroughput"} {
			if e := index.entry(k); e != nil && (k != "ProvisionedThroughput" || !onDemand) {
				kept.entries = append(kept.entries, entry{key: k, at: e.at, value: typed(k, e.value)})
			}
		}
		out.list = append(out.list, kept)
	}
	return out
}

// typed gives scalars the JSON type that the API insists on: CloudFormation takes "5" for 5 and
// "true" for true, and a name such as 1 for "1".
func typed(key string, n *node) *node {
	out := *n
	switch {
	case n.kind == kindMap:
		out.entries = make([]entry, len(n.entries))
		for i, e := range n.entries {
			out.entries[i] = entry{key: e.key, at: e.at, value: typed(e.key, e.value)}
		}
	case n.kind == kindList:
		out.list = make([]*node, len(n.list))
		for i, item := range n.list {
			out.list[i] = typed(key, item)
		}
	case key == "ReadCapacityUnits" || key == "WriteCapacityUnits":
		if _, err := strconv.Atoi(n.text); err == nil {
			out.kind = kindNumber
		}
	case key == "DeletionProtectionEnabled":
		out.kind = kindBool
	case n.scalar():
		out.kind = kindString
	}
	return &out
}

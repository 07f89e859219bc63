// Package metricstest reads log lines as CloudWatch does.
package metricstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The bounds of the embedded metric format, and of CloudWatch for what is in it.
const (
	maxMetrics    = 100
	maxDimensions = 30
	maxName       = 1024
	maxValue      = 255 // characters of a dimension's value that CloudWatch takes without a complaint
)

var units = strings.Fields("Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits " +
	"Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second " +
	"Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None")

// Document is what CloudWatch takes from one line.
type Document struct {
	Timestamp int64              // epoch milliseconds
	Metrics   map[string]float64 // "Namespace/Name{Dimension=value,…}"
	Units     map[string]string  // by name
}

// Read returns the metrics in a line, nil if it has none, or how it breaks the embedded metric format.
func Read(line []byte) (*Document, error) {
	root := map[string]json.RawMessage{}
	if err := json.Unmarshal(line, &root); err != nil {
		return nil, fmt.Errorf("no JSON object: %w", err)
	}
	raw, ok := root["_aws"]
	if !ok {
		return nil, nil
	}
	var meta struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&meta); err != nil {
		return nil, fmt.Errorf("_aws: %w", err)
	}
	if meta.Timestamp == nil || len(meta.CloudWatchMetrics) == 0 {
		return nil, fmt.Errorf("_aws has no Timestamp or no CloudWatchMetrics: %s", raw)
	}
	doc := &Document{Timestamp: *meta.Timestamp, Metrics: map[string]float64{}, Units: map[string]string{}}
	for _, d := range meta.CloudWatchMetrics {
		if d.Namespace == "" || len(d.Namespace) > maxName || len(d.Metrics) == 0 || len(d.Metrics) > maxMetrics || len(d.Dimensions) == 0 {
			return nil, fmt.Errorf("a directive with %d metrics, %d dimension sets and namespace %q", len(d.Metrics), len(d.Dimensions), d.Namespace)
		}
		for _, set := range d.Dimensions {
			dimensions, err := dimensions(root, set)
			if err != nil {
				return nil, err
			}
			for _, m := range d.Metrics {
				var value float64
				if err := json.Unmarshal(root[m.Name], &value); err != nil || m.Name == "" || len(m.Name) > maxName {
					return nil, fmt.Errorf("metric %q is %s at the root: want a number", m.Name, root[m.Name])
				}
				if !slices.Contains(units, m.Unit) {
					return nil, fmt.Errorf("metric %s has unit %q", m.Name, m.Unit)
				}
				name := d.Namespace + "/" + m.Name + dimensions
				if _, twice := doc.Metrics[name]; twice {
					return nil, fmt.Errorf("metric %s is there twice", name)
				}
				doc.Metrics[name], doc.Units[m.Name] = value, m.Unit
			}
		}
	}
	return doc, nil
}

func dimensions(root map[string]json.RawMessage, set []string) (string, error) {
	if len(set) > maxDimensions {
		return "", fmt.Errorf("%d dimensions in a set", len(set))
	}
	pairs := make([]string, len(set))
	for i, name := range set {
		var value string
		if err := json.Unmarshal(root[name], &value); err != nil || value == "" || len(value) > maxValue {
			return "", fmt.Errorf("dimension %s is %s at the root: want a string of 1 to %d characters", name, root[name], maxValue)
		}
		pairs[i] = name + "=" + value
	}
	return "{" + strings.Join(pairs, ",") + "}", nil
}

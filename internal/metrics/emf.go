package metrics

import (
	"log/slog"
	"strconv"
	"time"
)

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Parley"

// Sample is what one event adds to the metrics. Figures that are zero are left out, as are those of another outcome.
type Sample struct {
	Time     time.Time // of the event
	Action   string    // a word of ours, never a client's
	Code     string    // of the error; "" is success
	Dialect  string    // of other people's clients; "" is ours, or not known
	Duration time.Duration
	Joins    int
	Relays   int
	USD      float64
	Count    Count
}

// figure is how often something happened.
type figure struct {
	name string
	n    int
}

func (s *Sample) figures() [5]figure {
	size := 0
	if s.Joins > 0 {
		size = s.Count.Seated
	}
	return [...]figure{
		{"Joins", s.Joins}, {"Relays", s.Relays}, {"Pushes", s.Count.Pushes}, {"Gone", s.Count.Gone}, {"RoomSize", size},
	}
}

// Append appends the members that make a log line a document of the embedded metric format:
// CloudWatch reads the metrics from the log, without a call. They have to stand at the root of the
// line.
func (s *Sample) Append(attrs []slog.Attr, service string) []slog.Attr {
	attrs = append(attrs, slog.Any("_aws", metadata{s}), slog.String("Service", service))
	for _, f := range s.figures() {
		if f.n > 0 {
			attrs = append(attrs, slog.Int(f.name, f.n))
		}
	}
	attrs = append(attrs, slog.Float64("Spend", s.USD))
	if s.Dialect != "" {
		attrs = append(attrs, slog.String("Dialect", s.Dialect))
	}
	attrs = append(attrs, slog.String("Action", s.Action), slog.Float64("Latency", Milliseconds(s.Duration)))
	if s.Code != "" {
		attrs = append(attrs, slog.String("Code", s.Code), slog.Int("Errors", 1))
	}
	return attrs
}

// metadata says which members of its line are metrics, and of which dimensions (specification of
// CloudWatch, "_aws").
type metadata struct{ of *Sample }

// AppendJSON implements jsonlog.Appender.
func (m metadata) AppendJSON(to []byte) []byte {
	to = append(to, `{"Timestamp":`...)
	to = strconv.AppendInt(to, m.of.Time.UnixMilli(), 10) // epoch milliseconds
	to = append(to, `,"CloudWatchMetrics":[{"Namespace":"`+Namespace+`","Dimensions":[["Service"]],"Metrics":[`...)
	for _, f := range m.of.figures() {
		if f.n > 0 {
			to = append(to, `{"Name":"`...)
			to = append(to, f.name...)
			to = append(to, `","Unit":"Count"},`...)
		}
	}
	to = append(to, `{"Name":"Spend","Unit":"None"}]}`...)
	to = directive(to, "Action", "Latency", "Milliseconds")
	// Whose heartbeats cost what. CloudWatch charges for each metric and dimension, so it is this one,
	// whose count of samples is that of the events, and parley.v1 is the rest of the sum.
	if m.of.Dialect != "" {
		to = directive(to, "Dialect", "Spend", "None")
	}
	if m.of.Code != "" {
		to = directive(to, "Code", "Errors", "Count")
	}
	return append(to, `]}`...)
}

// MarshalJSON implements json.Marshaler.
func (m metadata) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// directive appends one of a metric of each service and value of a dimension.
func directive(to []byte, dimension, name, unit string) []byte {
	to = append(to, `,{"Namespace":"`+Namespace+`","Dimensions":[["Service","`...)
	to = append(to, dimension...)
	to = append(to, `"]],"Metrics":[{"Name":"`...)
	to = append(to, name...)
	to = append(to, `","Unit":"`...)
	to = append(to, unit...)
	return append(to, `"}]}`...)
}

// Milliseconds returns d to the microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

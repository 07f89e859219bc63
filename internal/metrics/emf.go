package metrics

import (
	"log/slog"
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

// The embedded metric format (specification of CloudWatch, "_aws"). Each directive names root members of the same line.
type (
	metadata struct {
		Timestamp         int64 // epoch milliseconds
		CloudWatchMetrics []directive
	}
	directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	metric struct {
		Name string
		Unit string
	}
)

// Attrs returns the members that make a log line a document of the embedded metric format: CloudWatch reads the metrics
// from the log, without a call. They have to stand at the root of the line.
func (s Sample) Attrs(service string) []slog.Attr {
	meta := metadata{Timestamp: s.Time.UnixMilli()}
	attrs := make([]slog.Attr, 1, 13)
	attrs = append(attrs, slog.String("Service", service))

	ours := directive{Namespace: Namespace, Dimensions: [][]string{{"Service"}}}
	count := func(name string, n int) {
		if n > 0 {
			ours.Metrics = append(ours.Metrics, metric{name, "Count"})
			attrs = append(attrs, slog.Int(name, n))
		}
	}
	count("Joins", s.Joins)
	count("Relays", s.Relays)
	count("Pushes", s.Count.Pushes)
	count("Gone", s.Count.Gone)
	if s.Joins > 0 {
		count("RoomSize", s.Count.Seated)
	}
	ours.Metrics = append(ours.Metrics, metric{"Spend", "None"})
	attrs = append(attrs, slog.Float64("Spend", s.USD))
	meta.CloudWatchMetrics = append(meta.CloudWatchMetrics, ours, directive{
		Namespace: Namespace, Dimensions: [][]string{{"Service", "Action"}}, Metrics: []metric{{"Latency", "Milliseconds"}},
	})
	// Whose heartbeats cost what. CloudWatch charges for each metric and dimension, so it is this one,
	// whose count of samples is that of the events, and parley.v1 is the rest of the sum.
	if s.Dialect != "" {
		meta.CloudWatchMetrics = append(meta.CloudWatchMetrics, directive{
			Namespace: Namespace, Dimensions: [][]string{{"Service", "Dialect"}}, Metrics: []metric{{"Spend", "None"}},
		})
		attrs = append(attrs, slog.String("Dialect", s.Dialect))
	}
	attrs = append(attrs, slog.String("Action", s.Action), slog.Float64("Latency", Milliseconds(s.Duration)))
	if s.Code != "" {
		meta.CloudWatchMetrics = append(meta.CloudWatchMetrics, directive{
			Namespace: Namespace, Dimensions: [][]string{{"Service", "Code"}}, Metrics: []metric{{"Errors", "Count"}},
		})
		attrs = append(attrs, slog.String("Code", s.Code), slog.Int("Errors", 1))
	}
	attrs[0] = slog.Any("_aws", meta)
	return attrs
}

// Milliseconds returns d to the microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

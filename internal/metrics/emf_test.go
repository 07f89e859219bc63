package metrics_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/jsonlog"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/metrics/metricstest"
)

func line(t *testing.T, s metrics.Sample) *metricstest.Document {
	t.Helper()
	var out bytes.Buffer
	attrs := s.Append(nil, "calls")
	slog.New(jsonlog.New(&out, slog.LevelInfo)).LogAttrs(t.Context(), slog.LevelInfo, "message", attrs...)
	doc, err := metricstest.Read(out.Bytes())
	if err != nil || doc == nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return doc
}

func TestALineIsADocumentOfTheEmbeddedMetricFormat(t *testing.T) {
	at := time.Date(2031, 5, 1, 12, 0, 0, 123e6, time.UTC)
	for name, c := range map[string]struct {
		sample metrics.Sample
		want   map[string]float64
	}{
		"a join": {
			metrics.Sample{
				Time: at, Action: "join", Duration: 1500 * time.Microsecond, Joins: 1, USD: 0.000004,
				Count: metrics.Count{Pushes: 3, Gone: 1, Seated: 3},
			},
			map[string]float64{
				"Parley/Joins{Service=calls}": 1, "Parley/Pushes{Service=calls}": 3, "Parley/Gone{Service=calls}": 1, "Parley/RoomSize{Service=calls}": 3,
				"Parley/Spend{Service=calls}": 0.000004, "Parley/Latency{Service=calls,Action=join}": 1.5,
			},
		},
		"a relay": {
			metrics.Sample{Time: at, Action: "signal", Duration: time.Millisecond, Relays: 1, USD: 0.000002, Count: metrics.Count{Pushes: 1}},
			map[string]float64{
				"Parley/Relays{Service=calls}": 1, "Parley/Pushes{Service=calls}": 1,
				"Parley/Spend{Service=calls}": 0.000002, "Parley/Latency{Service=calls,Action=signal}": 1,
			},
		},
		"another protocol's message": {
			metrics.Sample{Time: at, Action: "heartbeat", Dialect: "peerjs", Duration: time.Millisecond, USD: 0.000001},
			map[string]float64{
				"Parley/Spend{Service=calls}": 0.000001, "Parley/Spend{Service=calls,Dialect=peerjs}": 0.000001,
				"Parley/Latency{Service=calls,Action=heartbeat}": 1,
			},
		},
		"a refusal": {
			metrics.Sample{Time: at, Action: "join", Code: "room-full", USD: 0.000003, Count: metrics.Count{Seated: 3}},
			map[string]float64{
				"Parley/Errors{Service=calls,Code=room-full}": 1,
				"Parley/Spend{Service=calls}":                 0.000003, "Parley/Latency{Service=calls,Action=join}": 0,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := line(t, c.sample)
			if diff := cmp.Diff(c.want, doc.Metrics); diff != "" || doc.Timestamp != at.UnixMilli() {
				t.Errorf("at %d, want %d (-want +got)\n%s", doc.Timestamp, at.UnixMilli(), diff)
			}
			for name, unit := range doc.Units {
				want := map[string]string{"Latency": "Milliseconds", "Spend": "None"}[name]
				if want == "" {
					want = "Count"
				}
				if unit != want {
					t.Errorf("%s is in %s, want %s", name, unit, want)
				}
			}
		})
	}
}

func TestTheReaderSeesABrokenFormat(t *testing.T) {
	const good = `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["D"]],"Metrics":[{"Name":"M","Unit":"Count"}]}]},"D":"d","M":1}`
	if _, err := metricstest.Read([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"M":1`: `"M":"1"`, `"D":"d"`: `"D":""`, `,"D":"d"`: ``, `Count"`: `Counts"`, `"Timestamp":1,`: ``, `"Namespace":"N"`: `"Namespace":""`,
		`"Unit"`: `"unit2"`, `[{"Name":"M","Unit":"Count"}]`: `[]`, `"M":1}`: `}`,
	} {
		if _, err := metricstest.Read(bytes.Replace([]byte(good), []byte(from), []byte(to), 1)); err == nil {
			t.Errorf("%s in place of %s is not seen", to, from)
		}
	}
}

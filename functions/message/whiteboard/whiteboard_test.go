package whiteboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// table is a stage whose service has the whiteboard, with these in the room.
func table(t *testing.T, joined ...string) *signalingtest.Stage {
	t.Helper()
	memory := signalingtest.NewMemory()
	s := signalingtest.NewStage(t, memory)
	s.Service.Items, s.Service.Actions = memory, Actions()
	s.Join(joined...)
	return s
}

// act lets a client ask for an action with the fields of a JSON object.
func act(t *testing.T, s *signalingtest.Stage, client, action, object string) error {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatal(err)
	}
	return s.Do(client, signaling.Custom{Request: signaling.Request{Action: action, ID: "7"}, Room: s.Room, Fields: fields})
}

func drawing(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantRefusal(t *testing.T, err error, code signaling.Code, says string) {
	t.Helper()
	if got := signaling.Describe(err); err == nil || got.Code != code || !strings.Contains(got.Msg, says) {
		t.Fatalf("got %v, want %s with %q", err, code, says)
	}
}

const dot = `{"points":[[0.5,0.25]],"color":"#1f5f56","width":4}`

func TestWhatIsDrawnIsToldAndKept(t *testing.T) {
	s := table(t, "alice", "bob")
	drawing(t, act(t, s, "alice", "board", `{}`))
	s.WantTold(`alice: ok 7 {"n":0,"strokes":[]}`)
	drawing(t, act(t, s, "alice", "stroke", `{"points":[[0,1],[0.12345,1e-9]],"color":"#1f5f56","width":4.04,"more":"<b>"}`))
	s.WantTold(`alice: ok 7 {"n":1}`, `bob: stroke from alice {"n":1,"points":[[0,1],[0.123,0]],"color":"#1f5f56","width":4}`)
	drawing(t, act(t, s, "bob", "stroke", dot))
	s.Told()
	s.Join("carol")
	drawing(t, act(t, s, "carol", "board", `{}`))
	s.WantTold(`carol: ok 7 {"n":2,"strokes":[{"points":[[0,1],[0.123,0]],"color":"#1f5f56","width":4},` + dot + `]}`)
	drawing(t, act(t, s, "carol", "wipe", `{}`))
	s.WantTold(`alice: wipe from carol {"n":3}`, `bob: wipe from carol {"n":3}`, `carol: ok 7 {"n":3}`)
	drawing(t, act(t, s, "bob", "board", `{}`))
	s.WantTold(`bob: ok 7 {"n":3,"strokes":[]}`)
}

func TestOnlyAHostWipesWhereThereIsOne(t *testing.T) {
	s := table(t, "alice", "bob")
	s.Service.FirstHosts = true
	wantRefusal(t, act(t, s, "bob", "wipe", `{}`), signaling.CodeForbidden, "only a host")
	drawing(t, act(t, s, "alice", "wipe", `{}`))
}

func TestOnlyWhoIsInTheRoomDraws(t *testing.T) {
	s := table(t, "alice")
	s.Connect("eve")
	for action, fields := range map[string]string{"stroke": dot, "board": `{}`, "wipe": `{}`} {
		wantRefusal(t, act(t, s, "eve", action, fields), signaling.CodeNotInRoom, "")
	}
}

func TestAFullBoardSaysSo(t *testing.T) {
	s := table(t, "alice", "bob")
	points := strings.TrimSuffix(strings.Repeat("[0.123,0.456],", maxPoints), ",")
	long := fmt.Sprintf(`{"points":[%s],"color":"#000000","width":4}`, points)
	strokes := 0
	var err error
	for ; err == nil && strokes < 100; strokes++ {
		err = act(t, s, "alice", "stroke", long)
	}
	wantRefusal(t, err, signaling.CodeTooLarge, "the board is full: wipe it")
	if strokes < 15 {
		t.Errorf("the board is full after %d long strokes", strokes)
	}
	s.Told()
	drawing(t, act(t, s, "bob", "wipe", `{}`))
	drawing(t, act(t, s, "alice", "stroke", long))
}

// TestWhoCannotBeToldStopsNobody: what is on the board is there, and who missed it sees the gap in n.
func TestWhoCannotBeToldStopsNobody(t *testing.T) {
	s := table(t, "alice", "bob", "carol")
	s.Fail(s.Conn("bob"))
	if _, ok := errors.AsType[*signalingtest.Aside](act(t, s, "alice", "stroke", dot)); !ok {
		t.Fatal("the log is not told")
	}
	s.WantTold(`alice: ok 7 {"n":1}`, `carol: stroke from alice {"n":1,`+dot[1:])
}

func TestWildStrokesAreRefused(t *testing.T) {
	s := table(t, "alice")
	stroke := func(points, color, width string) string {
		return fmt.Sprintf(`{"points":%s,"color":%s,"width":%s}`, points, color, width)
	}
	many := "[" + strings.TrimSuffix(strings.Repeat("[0,0],", maxPoints+1), ",") + "]"
	for _, c := range []struct{ object, says string }{
		{`{}`, "points is missing: want 1 to 256"},
		{`{"Points":[[0,0]],"color":"#000000","width":4}`, "points is missing"},
		{`{"points":[[0,0]],"width":4}`, "color is missing: want a colour"},
		{`{"points":[[0,0]],"color":"#000000"}`, "width is missing: want a number"},
		{stroke(`[]`, `"#000000"`, `4`), "points: there are 0"},
		{stroke(many, `"#000000"`, `4`), "points: there are 257"},
		{stroke(`null`, `"#000000"`, `4`), "points: want"},
		{stroke(`{}`, `"#000000"`, `4`), "points: want"},
		{stroke(`[0,0]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[0,0,0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[null]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[null,0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[["0",0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[0,{}]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[0,1.001]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[-0.001,0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[1e999,0]]`, `"#000000"`, `4`), "points: want"},
		{stroke(`[[0,0]]`, `"red"`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `"#00000"`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `"#AABBCC"`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `"#000000\n"`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `"url(#a)"`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `0`, `4`), "color: want"},
		{stroke(`[[0,0]]`, `"#000000"`, `0`), "width: want"},
		{stroke(`[[0,0]]`, `"#000000"`, `50.1`), "width: want"},
		{stroke(`[[0,0]]`, `"#000000"`, `"4"`), "width: want"},
		{stroke(`[[0,0]]`, `"#000000"`, `null`), "width: want"},
	} {
		wantRefusal(t, act(t, s, "alice", "stroke", c.object), signaling.CodeBadRequest, c.says)
	}
	s.Told()
	drawing(t, act(t, s, "alice", "board", `{}`))
	s.WantTold(`alice: ok 7 {"n":0,"strokes":[]}`)
}

// FuzzStroke draws anything: it is refused, or it is a stroke within its bounds, and reads as the same stroke again.
func FuzzStroke(f *testing.F) {
	for _, seed := range [][3]string{
		{`[[0,1],[0.5,1e-9]]`, `"#1f5f56"`, `4`}, {`[[0,0,0]]`, `"red"`, `1e9`}, {`[[null,-0]]`, `null`, `50`}, {`{"0":[0,1]}`, `["#000000"]`, `-1`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, points, color, width string) {
		fields := map[string]json.RawMessage{}
		for name, raw := range map[string]string{"points": points, "color": color, "width": width} {
			if json.Valid([]byte(raw)) {
				fields[name] = json.RawMessage(raw)
			}
		}
		l, err := readLine(&signaling.Call{Fields: fields})
		if err != nil {
			if signaling.Describe(err).Code != signaling.CodeBadRequest {
				t.Fatal(err)
			}
			return
		}
		for _, p := range l.Points {
			if !(p[0] >= 0 && p[0] <= 1 && p[1] >= 0 && p[1] <= 1) {
				t.Fatalf("got %v", p)
			}
		}
		raw, err := json.Marshal(l)
		if err != nil || len(raw) > 20*maxPoints || len(l.Points) > maxPoints || len(l.Color) != 7 || l.Width < 1 || l.Width > maxWidth {
			t.Fatalf("got %s, %v", raw, err)
		}
		var again map[string]json.RawMessage
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		same, err := readLine(&signaling.Call{Fields: again})
		if err != nil || fmt.Sprint(same) != fmt.Sprint(l) {
			t.Fatalf("got %v, %v, want %v", same, err, l)
		}
	})
}

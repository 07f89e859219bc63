package limit

import "container/list"

// Recent remembers the values of the keys used last, at most size of them. It is not safe for
// concurrent use.
type Recent[K comparable, V any] struct {
	size   int
	order  list.List // of *kept[K, V], the last used first
	values map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

// NewRecent returns one that remembers so many keys.
func NewRecent[K comparable, V any](size int) *Recent[K, V] {
	return &Recent[K, V]{size: size, values: map[K]*list.Element{}}
}

// At returns where the value of the key is kept, the zero value for one that is new or was
// forgotten.
func (r *Recent[K, V]) At(key K) *V {
	e, ok := r.values[key]
	if !ok {
		if r.order.Len() >= r.size {
			oldest := r.order.Back()
			delete(r.values, oldest.Value.(*kept[K, V]).key)
			r.order.Remove(oldest)
		}
		e = r.order.PushFront(&kept[K, V]{key: key})
		r.values[key] = e
	}
	r.order.MoveToFront(e)
	return &e.Value.(*kept[K, V]).value
}

// Streams of independent vector operations, for the lane of the enclosing namespace.
//
// An operation reads registers that never change and writes one that nobody reads, so that nothing but the processor's
// ports limits the stream. Empty assembly keeps the compiler from noticing. A multiply-add overwrites an operand:
// accumulators in turn hide its latency.

#if HWY_ARCH_ARM
#define ISOTHERM_VECTOR_REGISTER "w"
#else
#define ISOTHERM_VECTOR_REGISTER "v"
#endif

template <class V>
HWY_INLINE void use(V value) {
  __asm__ volatile("" : : ISOTHERM_VECTOR_REGISTER(value.raw));
}
template <class V>
HWY_INLINE void change(V& value) {
  __asm__ volatile("" : "+" ISOTHERM_VECTOR_REGISTER(value.raw));
}

constexpr std::size_t accumulators = HWY_TARGET == HWY_AVX3 ? 20 : 10;  // of 32 or 16 registers

struct Registers {
  VectorF a, b;
  VectorI i;
  VectorF sums[accumulators];
};

template <Kind kind, std::size_t place>
HWY_INLINE void operate(Registers& r) {
  using TagU32 = hn::Repartition<uint32_t, TagF>;
  if constexpr (kind == Kind::fused) {
    VectorF& sum = r.sums[place % accumulators];
    sum = hn::MulAdd(r.a, r.b, sum);
    change(sum);
  } else if constexpr (kind == Kind::add || kind == Kind::divide || kind == Kind::root) {
    change(r.a);
    if constexpr (kind == Kind::add) use(hn::Add(r.a, r.b));
    if constexpr (kind == Kind::divide) use(hn::Div(r.a, r.b));
    if constexpr (kind == Kind::root) use(hn::Sqrt(r.a));
  } else if constexpr (kind == Kind::select) {
    change(r.a);
    use(hn::IfThenElse(hn::Lt(r.a, r.b), r.a, r.b));
  } else if constexpr (kind == Kind::convert) {
    if constexpr (sizeof(real) == 4) {
      change(r.i);
      use(hn::ConvertTo(TagF(), r.i));
    } else {
      change(r.a);
      use(hn::Floor(r.a));  // few targets convert 64-bit integers
    }
  } else {
    change(r.i);
    if constexpr (kind == Kind::integer_multiply)
      use(hn::MulEven(hn::BitCast(TagU32(), r.i), hn::BitCast(TagU32(), r.i)));
    if constexpr (kind == Kind::integer_add) use(hn::Add(r.i, r.i));
    if constexpr (kind == Kind::logic) use(hn::Xor(r.i, hn::BitCast(TagI(), r.b)));
    if constexpr (kind == Kind::shift) use(hn::ShiftLeft<20>(r.i));
    if constexpr (kind == Kind::shuffle) use(hn::DupOdd(hn::BitCast(TagU32(), r.i)));
  }
}

constexpr std::size_t unrolled = 40;  ///< a multiple of the accumulators and of four

// What each place of a round executes.
template <Kind a, Kind b>
struct Alternating {
  template <std::size_t place>
  static HWY_INLINE void execute(Registers& r) {
    if constexpr (a == b)
      operate<a, place>(r);
    else
      operate<place % 2 == 0 ? a : b, place / 2>(r);
  }
};
struct Mixed {
  template <std::size_t place>
  static HWY_INLINE void execute(Registers& r) {
    constexpr Kind kinds[] = {Kind::fused, Kind::logic, Kind::add, Kind::integer_add};
    operate<kinds[place % 4], place / 4>(r);
  }
};

// Every index is known to the compiler: only then do the registers of `r` stay registers.
template <std::size_t... n>
HWY_INLINE void begin(Registers& r, std::index_sequence<n...>) {
  r.a = hn::Set(TagF(), real(0.75));
  r.b = hn::Set(TagF(), real(1.25));
  r.i = hn::Set(TagI(), 12345);
  change(r.b);  // a constant would be an operand in memory
  ((r.sums[n] = hn::Zero(TagF())), ...);
}
template <std::size_t... n>
HWY_INLINE void end(const Registers& r, std::index_sequence<n...>) {
  (use(r.sums[n]), ...);
}
template <class Places, std::size_t... place>
HWY_INLINE void execute_round(Registers& r, std::index_sequence<place...>) {
  (Places::template execute<place>(r), ...);
}

template <class Places>
void stream(std::size_t rounds) {
  Registers r;
  begin(r, std::make_index_sequence<accumulators>());
  for (std::size_t round = 0; round < rounds; ++round) execute_round<Places>(r, std::make_index_sequence<unrolled>());
  end(r, std::make_index_sequence<accumulators>());
}

template <std::size_t a, std::size_t b>
void fill_pairs(IssueStreams& table) {
  if constexpr (a < kind_count) {
    table.streams[a][b] = table.streams[b][a] = stream<Alternating<static_cast<Kind>(a), static_cast<Kind>(b)>>;
    if constexpr (b + 1 < kind_count)
      fill_pairs<a, b + 1>(table);
    else
      fill_pairs<a + 1, a + 1>(table);
  }
}

inline const IssueStreams* streams() {
  static const IssueStreams table = [] {
    IssueStreams made{};
    made.lanes = W;
    made.calls = unrolled;
    fill_pairs<0, 0>(made);
    made.mixed = stream<Mixed>;
    return made;
  }();
  return &table;
}

#undef ISOTHERM_VECTOR_REGISTER

// From a value to its slot: 0 underflow, 1 ... bins the bins, bins + 1 overflow, bins + 2 not finite. All arithmetic is
// in the lane's own precision, and the slot is clamped before any conversion to integer, whose overflow differs between
// machines. A value within a rounding error of an edge may be counted on either side of it, the same on every lane.

/// Equal bins from `lower`; scale = bins / (upper - lower), rounded from double; bins < 2^22.
ISOTHERM_LANE F bin_slot(F value, F lower, F scale, F bins) {
  const F one(real(1));
  F slot = round_down((value - lower) * scale) + one;
  slot = select(less(F(real(0)), slot), slot, F(real(0)));
  slot = select(less(bins, slot), bins + one, slot);
  return select(is_finite(value), slot, bins + F(real(2)));
}

/// The same after the value is moved into [lower, upper) by whole periods, so that both flow bins stay empty.
ISOTHERM_LANE F bin_slot_periodic(F value, F lower, F upper, F scale, F bins) {
  const F one(real(1));
  const F period = upper - lower;
  const F offset = value - lower;
  const F wrapped = nmad(round_down(offset / period), period, offset);
  F slot = round_down(wrapped * scale) + one;
  slot = select(less(one, slot), slot, one);
  slot = select(less(slot, bins), slot, bins);
  return select(is_finite(value), slot, bins + F(real(2)));
}

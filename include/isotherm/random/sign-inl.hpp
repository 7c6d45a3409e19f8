// Law::sign from Philox words: one number for each bit, so 128 from a block.

/// -1 where bit `bit` of the word (in double, of two words: the second in the upper half) is set, else 1.
ISOTHERM_LANE F sign_number(I word, int bit) { return flip_sign(F(real(1)), shift_left(word, sign_position - bit)); }

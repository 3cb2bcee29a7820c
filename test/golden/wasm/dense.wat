(module $dense
  (type (;0;) (func (param i32 i32 i32 i32)))
  (type (;1;) (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (type (;2;) (func (param i32 i64 i32)))
  (type (;3;) (func))
  (type (;4;) (func (param i32)))
  (memory $memory 1 1)
  (export "memory" (memory 0))
  (export "run" (func $run))
  (export "step" (func $step))
  (func $widen_row (param $source i32) (param $target i32) (param $steps i32) (param $zero i32)
    (local $zeros v128)
    local.get $zero
    i16x8.splat
    local.set $zeros
    loop $L0
      local.get $target
      local.get $source
      v128.load8x8_s align=1
      local.get $zeros
      i16x8.sub
      v128.store
      local.get $source
      i32.const 8
      i32.add
      local.set $source
      local.get $target
      i32.const 16
      i32.add
      local.set $target
      local.get $steps
      i32.const 1
      i32.sub
      local.tee $steps
      br_if $L0
    end
  )
  (func $row_product_int8_exact (param $row i32) (param $weights i32) (param $output i32) (param $steps i32) (param $channels i32) (param $zero i32) (param $min i32) (param $max i32) (param $shift i32)
    (local $x i32)
    (local $w i32)
    (local $end i32)
    (local $value v128)
    (local $acc0 v128)
    (local $acc1 v128)
    (local $acc2 v128)
    (local $acc3 v128)
    (local $acc4 v128)
    (local $acc5 v128)
    (local $acc6 v128)
    (local $acc7 v128)
    (local $v128_21 v128)
    loop $L0
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc0
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc1
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc2
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc3
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc4
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc5
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc6
      v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
      local.set $acc7
      local.get $row
      local.set $x
      local.get $weights
      i32.const 128
      i32.add
      local.set $w
      local.get $row
      local.get $steps
      i32.const 4
      i32.shl
      i32.add
      local.set $end
      loop $L1
        local.get $x
        v128.load align=4
        local.set $value
        local.get $acc0
        local.get $value
        local.get $w
        v128.load8x8_s
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc0
        local.get $acc1
        local.get $value
        local.get $w
        v128.load8x8_s offset=8
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc1
        local.get $acc2
        local.get $value
        local.get $w
        v128.load8x8_s offset=16
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc2
        local.get $acc3
        local.get $value
        local.get $w
        v128.load8x8_s offset=24
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc3
        local.get $acc4
        local.get $value
        local.get $w
        v128.load8x8_s offset=32
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc4
        local.get $acc5
        local.get $value
        local.get $w
        v128.load8x8_s offset=40
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc5
        local.get $acc6
        local.get $value
        local.get $w
        v128.load8x8_s offset=48
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc6
        local.get $acc7
        local.get $value
        local.get $w
        v128.load8x8_s offset=56
        i32x4.dot_i16x8_s
        i32x4.add
        local.set $acc7
        local.get $w
        i32.const 64
        i32.add
        local.set $w
        local.get $x
        i32.const 16
        i32.add
        local.tee $x
        local.get $end
        i32.ne
        br_if $L1
      end
      local.get $acc0
      local.get $acc1
      i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
      local.get $acc0
      local.get $acc1
      i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
      i32x4.add
      local.set $acc0
      local.get $acc2
      local.get $acc3
      i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
      local.get $acc2
      local.get $acc3
      i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
      i32x4.add
      local.set $acc2
      local.get $acc0
      local.get $acc2
      i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      local.get $acc0
      local.get $acc2
      i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
      i32x4.add
      local.set $acc0
      local.get $acc4
      local.get $acc5
      i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
      local.get $acc4
      local.get $acc5
      i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
      i32x4.add
      local.set $acc4
      local.get $acc6
      local.get $acc7
      i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
      local.get $acc6
      local.get $acc7
      i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
      i32x4.add
      local.set $acc6
      local.get $acc4
      local.get $acc6
      i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      local.get $acc4
      local.get $acc6
      i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
      i32x4.add
      local.set $acc4
      local.get $acc0
      local.get $weights
      v128.load
      i32x4.add
      local.set $acc0
      local.get $acc0
      local.get $acc0
      i32x4.add
      local.set $acc0
      local.get $weights
      v128.load offset=32 align=4
      local.set $v128_21
      local.get $acc0
      local.get $v128_21
      i64x2.extmul_low_i32x4_s
      v128.const i32x4 0x80000000 0x00000000 0x80000000 0x00000000
      i64x2.add
      local.get $acc0
      local.get $v128_21
      i64x2.extmul_high_i32x4_s
      v128.const i32x4 0x80000000 0x00000000 0x80000000 0x00000000
      i64x2.add
      i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31
      local.set $acc0
      local.get $weights
      v128.load offset=64 align=4
      local.set $v128_21
      local.get $acc0
      local.get $acc0
      i32.const 31
      i32x4.shr_s
      i32x4.add
      local.get $v128_21
      i32x4.add
      i32.const 2
      i32x4.shl
      local.set $acc0
      local.get $weights
      v128.load offset=96 align=4
      local.set $v128_21
      local.get $acc0
      local.get $v128_21
      i64x2.extmul_low_i32x4_s
      local.get $acc0
      local.get $v128_21
      i64x2.extmul_high_i32x4_s
      i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31
      local.set $acc0
      local.get $acc4
      local.get $weights
      v128.load offset=16
      i32x4.add
      local.set $acc4
      local.get $acc4
      local.get $acc4
      i32x4.add
      local.set $acc4
      local.get $weights
      v128.load offset=48 align=4
      local.set $v128_21
      local.get $acc4
      local.get $v128_21
      i64x2.extmul_low_i32x4_s
      v128.const i32x4 0x80000000 0x00000000 0x80000000 0x00000000
      i64x2.add
      local.get $acc4
      local.get $v128_21
      i64x2.extmul_high_i32x4_s
      v128.const i32x4 0x80000000 0x00000000 0x80000000 0x00000000
      i64x2.add
      i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31
      local.set $acc4
      local.get $weights
      v128.load offset=80 align=4
      local.set $v128_21
      local.get $acc4
      local.get $acc4
      i32.const 31
      i32x4.shr_s
      i32x4.add
      local.get $v128_21
      i32x4.add
      i32.const 2
      i32x4.shl
      local.set $acc4
      local.get $weights
      v128.load offset=112 align=4
      local.set $v128_21
      local.get $acc4
      local.get $v128_21
      i64x2.extmul_low_i32x4_s
      local.get $acc4
      local.get $v128_21
      i64x2.extmul_high_i32x4_s
      i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31
      local.set $acc4
      local.get $acc0
      local.get $acc4
      i16x8.narrow_i32x4_s
      local.get $zero
      i16x8.splat
      i16x8.add_sat_s
      local.get $acc0
      local.get $acc4
      i16x8.narrow_i32x4_s
      local.get $zero
      i16x8.splat
      i16x8.add_sat_s
      i8x16.narrow_i16x8_s
      local.get $min
      i8x16.splat
      i8x16.max_s
      local.get $max
      i8x16.splat
      i8x16.min_s
      local.set $acc0
      local.get $channels
      i32.const 8
      i32.ge_s
      if $L2
        local.get $output
        local.get $acc0
        v128.store64_lane align=1 0
      else
        local.get $output
        local.get $acc0
        i64x2.extract_lane 0
        local.get $channels
        call $store_bytes
      end
      local.get $w
      local.set $weights
      local.get $output
      i32.const 8
      i32.add
      local.set $output
      local.get $channels
      i32.const 8
      i32.sub
      local.tee $channels
      i32.const 0
      i32.gt_s
      br_if $L0
    end
  )
  (func $store_bytes (param $target i32) (param $value i64) (param $count i32)
    local.get $count
    i32.const 8
    i32.and
    if $L0
      local.get $target
      local.get $value
      i64.store align=1
      return
    end
    local.get $count
    i32.const 4
    i32.and
    if $L1
      local.get $target
      local.get $value
      i64.store32 align=1
      local.get $value
      i64.const 32
      i64.shr_u
      local.set $value
      local.get $target
      i32.const 4
      i32.add
      local.set $target
    end
    local.get $count
    i32.const 2
    i32.and
    if $L2
      local.get $target
      local.get $value
      i64.store16 align=1
      local.get $value
      i64.const 16
      i64.shr_u
      local.set $value
      local.get $target
      i32.const 2
      i32.add
      local.set $target
    end
    local.get $count
    i32.const 1
    i32.and
    if $L3
      local.get $target
      local.get $value
      i64.store8
    end
  )
  (func $fully-connected_FULLY_CONNECTED_#0
    i32.const 208
    i32.const 192
    i32.const 1
    i32.const -3
    call $widen_row
    i32.const 192
    i32.const 0
    i32.const 208
    i32.const 1
    i32.const 3
    i32.const 10
    i32.const -128
    i32.const 127
    i32.const 0
    call $row_product_int8_exact
  )
  (func $run
    call $fully-connected_FULLY_CONNECTED_#0
  )
  (func $step (param $index i32)
    block $L0
      block $L1
        local.get $index
        br_table $L1 $L0
      end
      call $fully-connected_FULLY_CONNECTED_#0
      br $L0
    end
  )
  (data $constants (i32.const 0) "\47\00\00\00\1a\03\00\00\db\02\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\1f\85\eb\51\1f\85\eb\51\1f\85\eb\51\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\10\00\00\00\08\00\00\00\20\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\df\e8\4a\59\4b\59\00\00\41\61\80\dd\b1\58\00\00\8e\14\7a\f3\58\ef\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  ;; custom section "thimble.variant", 7 bytes
)

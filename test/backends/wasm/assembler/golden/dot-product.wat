(module $dot
  (type (;0;) (func (param i32 i32 i32) (result f32)))
  (import "env" "memory" (memory $memory 1))
  (export "dot" (func $dot))
  (func $dot (param $a i32) (param $b i32) (param $n i32) (result f32)
    (local $acc v128)
    (local $sum f32)
    (local $i i32)
    (local $end i32)
    (local $i32_7 i32)
    local.get $n
    i32.const -4
    i32.and
    i32.const 2
    i32.shl
    local.set $end
    i32.const 0
    local.set $i
    local.get $i
    local.get $end
    i32.lt_s
    if $L0
      loop $L1
        local.get $acc
        local.get $a
        local.get $i
        i32.add
        v128.load
        local.get $b
        local.get $i
        i32.add
        v128.load
        f32x4.mul
        f32x4.add
        local.set $acc
        local.get $i
        i32.const 16
        i32.add
        local.tee $i
        local.get $end
        i32.lt_s
        br_if $L1
      end
    end
    local.get $acc
    f32x4.extract_lane 0
    local.set $sum
    local.get $sum
    local.get $acc
    f32x4.extract_lane 1
    f32.add
    local.set $sum
    local.get $sum
    local.get $acc
    f32x4.extract_lane 2
    f32.add
    local.set $sum
    local.get $sum
    local.get $acc
    f32x4.extract_lane 3
    f32.add
    local.set $sum
    local.get $n
    i32.const 2
    i32.shl
    local.set $end
    local.get $i
    local.set $i32_7
    local.get $i32_7
    local.get $end
    i32.lt_s
    if $L2
      loop $L3
        local.get $sum
        local.get $a
        local.get $i32_7
        i32.add
        f32.load
        local.get $b
        local.get $i32_7
        i32.add
        f32.load
        f32.mul
        f32.add
        local.set $sum
        local.get $i32_7
        i32.const 4
        i32.add
        local.tee $i32_7
        local.get $end
        i32.lt_s
        br_if $L3
      end
    end
    local.get $sum
  )
)

(module $sample
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i64) (result i64 i32)))
  (type (;2;) (func))
  (type (;3;) (func (param i32) (result f64)))
  (import "env" "log" (func $log (param $value i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) func $choose $init)
  (memory $arena 1 4 shared)
  (global $calls (mut i32) (i32.const 0))
  (global $half f32 (f32.const 0.1))
  (export "memory" (memory 0))
  (export "calls" (global $calls))
  (export "choose" (func $choose))
  (export "through" (func $through))
  (start $init)
  (func $later (param $x i64) (result i64 i32)
    block $L0 (result i64)
      local.get $x
      local.get $x
      i64.eqz
      br_if $L0
      drop
      i64.const -1
    end
    i32.const 7
  )
  (func $init
    i32.const 32
    i32.const 0
    i32.const 3
    memory.init $weights
    global.get $calls
    i32.const 1
    i32.add
    global.set $calls
    global.get $calls
    call $log
  )
  (func $choose (param $k i32) (result f64)
    block $L0
      block $L1
        local.get $k
        br_table $L1 $L0 $L0
      end
      f64.const -0
      return
    end
    local.get $k
    if $L2 (result f64)
      f64.const nan
    else
      f64.const 0.5
    end
  )
  (func $through (param $k i32) (result f64)
    i32.const 1
    call_indirect
    local.get $k
    i32.const 0
    call_indirect (param i32) (result f64)
  )
  (data $weights "\01\02\ff")
  (data $greeting (i32.const 16) "\68\69")
  ;; custom section "thimble", 3 bytes
)

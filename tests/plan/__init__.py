from . import (
    test_account_move,
    test_chasing_closure_mixin,
    test_chasing_hold,
    test_chasing_money,
    test_chasing_planner,
    test_chasing_step,
    test_credited,
    test_entry_point,
    test_instalments,
    test_money_under_way,
    test_part_payment,
    test_sale_order,
)

from . import (
    test_account_move,
    test_chasing_money,
    test_chasing_planner,
    test_chasing_step,
    test_credited,
    test_entry_point,
    test_instalments,
    test_sale_order,
)

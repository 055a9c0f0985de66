from . import (
    test_bulk_messages,
    test_chasing_forecast_line,
    test_chasing_forecast_message,
    test_chasing_foresight,
    test_chasing_prediction,
    test_forecast_and_engine,
    test_pace_foretold,
)

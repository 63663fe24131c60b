# SPDX-License-Identifier: Apache-2.0
#
# cmake -DPROGRAM=P -DWANTED=REGEX -P expect_report.cmake: P must fail with a report that matches.
execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(code EQUAL 0 OR NOT said MATCHES "${WANTED}")
  message(FATAL_ERROR "no report of '${WANTED}' by ${PROGRAM} (exit code ${code}):\n${said}")
endif()

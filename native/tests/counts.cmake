# Runs a trial of a call probe and compares what its two sides counted: every
# operation of the client's, in whichever thread, was served once.
#
#   cmake -DPEER=... -P counts.cmake FLAGS...
set(flags "")
foreach(i RANGE 4 ${CMAKE_ARGC})
  list(APPEND flags ${CMAKE_ARGV${i}})
endforeach()
execute_process(COMMAND ${PEER} trial ${flags} OUTPUT_VARIABLE output RESULT_VARIABLE status)
message(STATUS "${output}")
string(REGEX MATCH ", ([0-9]+) ops, batch" all "${output}")
set(operations ${CMAKE_MATCH_1})
string(REGEX MATCH "client: [^\n]*, ops ([0-9]+)" all "${output}")
set(called ${CMAKE_MATCH_1})
string(REGEX MATCH "server: [^\n]*, ops ([0-9]+)" all "${output}")
set(served ${CMAKE_MATCH_1})
if(NOT status EQUAL 0 OR NOT operations GREATER 0)
  message(FATAL_ERROR "the trial failed (${status})")
endif()
if(NOT called EQUAL operations OR NOT served EQUAL operations)
  message(FATAL_ERROR "${operations} operations, ${called} called, ${served} served")
endif()

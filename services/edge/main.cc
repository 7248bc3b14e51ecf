// overlock-edge: the edge in a process of its own.
#include "common/app/run.h"
#include "services/edge/module.h"

int main(int argc, char** argv) {
  return overlock::app::Run(argc, argv, [] {
    overlock::app::Modules modules;
    modules.push_back(overlock::edge::MakeModule());
    return modules;
  });
}

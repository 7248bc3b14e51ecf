#include "common/app/run.h"
#include "services/config/module.h"

int main(int argc, char** argv) {
  return overlock::app::Run(argc, argv, [] {
    overlock::app::Modules modules;
    modules.push_back(overlock::config::MakeModule());
    return modules;
  });
}

#include "engine/cuda/pack.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace isotherm::engine::cuda {

Pack::Pack(std::unique_ptr<Device> device, const KernelSource& source, std::size_t shared_bytes, double patience)
    : device_(std::move(device)),
      text_(source.text),
      block_threads_(source.block_threads()),
      shared_bytes_(shared_bytes),
      patience_(patience),
      taken_(source.settings, false) {}

std::unique_ptr<Pack::Place> Pack::take_place(const std::shared_ptr<Pack>& pack) {
  const std::lock_guard lock(pack->mutex_);
  const auto free = std::find(pack->taken_.begin(), pack->taken_.end(), false);
  if (free == pack->taken_.end()) return nullptr;
  auto place = std::make_unique<Place>(pack, static_cast<unsigned>(free - pack->taken_.begin()));
  *free = true;
  return place;
}

void Pack::leave(unsigned row) {
  const std::lock_guard lock(mutex_);
  taken_[row] = false;
}

void Pack::count_under_way(int change) {
  {
    const std::lock_guard lock(mutex_);
    under_way_ += change;
  }
  if (change < 0) changed_.notify_all();
}

void Pack::advance(Request& own) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(&own);
  changed_.notify_all();
  while (!own.ended) {
    if (led_) {
      changed_.wait(lock);
      continue;
    }
    led_ = true;
    const auto all_here = [this] { return waiting_.size() >= static_cast<std::size_t>(under_way_); };
    changed_.wait_for(lock, std::chrono::duration<double>(patience_), all_here);
    const std::vector<Request*> requests = std::exchange(waiting_, {});
    lock.unlock();
    std::exception_ptr error;
    try {
      launch(requests);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    for (Request* request : requests) {
      request->ended = true;
      request->error = error;
    }
    led_ = false;
    changed_.notify_all();
  }
  if (own.error) std::rethrow_exception(own.error);
}

void Pack::launch(const std::vector<Request*>& requests) {
  std::vector<kernels::AdvanceArguments> table;
  Device::LaunchShape shape{0, block_threads_, 0, static_cast<unsigned>(requests.size())};
  for (const Request* request : requests) {
    table.push_back(request->arguments);
    shape.thread_blocks = std::max(shape.thread_blocks, request->blocks);
    shape.shared_bytes = std::max(shape.shared_bytes, request->shared_bytes);
  }
  kernels::AdvanceArguments not_alone{};
  const std::lock_guard lock(launching_);
  device_->copy_to_device(device_->global(symbol::settings), std::as_bytes(std::span(table)));
  device_->launch(symbol::advance_kernel, shape, &not_alone);
  device_->synchronize();
}

Pack::Place::~Place() {
  set_under_way(false);
  pack_->leave(row_);
}

void Pack::Place::write_row(const char* table, std::size_t row_bytes, std::span<const std::byte> values) {
  if (!values.empty()) device().copy_to_device(device().global(table) + row_ * row_bytes, values);
}

void Pack::Place::start(kernels::StartArguments& arguments, std::uint64_t blocks) {
  arguments.setting = row_;
  const std::lock_guard lock(pack_->launching_);
  device().launch(symbol::start_kernel, {blocks, pack_->block_threads_, 0, 1}, &arguments);
  device().synchronize();
}

void Pack::Place::advance(kernels::AdvanceArguments& arguments, std::uint64_t blocks, std::size_t shared_bytes) {
  arguments.setting = row_;
  if (pack_->taken_.size() == 1) {
    device().launch(symbol::advance_kernel, {blocks, pack_->block_threads_, shared_bytes, 1}, &arguments);
  } else {
    Request request{arguments, blocks, shared_bytes, false, {}};
    pack_->advance(request);
  }
}

void Pack::Place::finish() {
  if (pack_->taken_.size() == 1) device().synchronize();
}

void Pack::Place::set_under_way(bool under_way) {
  if (under_way != std::exchange(under_way_, under_way)) pack_->count_under_way(under_way ? 1 : -1);
}

}  // namespace isotherm::engine::cuda

using Grpc.Core;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.OpenInference.Grpc;

/// <content>What Triton has and we have not. Asking what there is gets the answer that there is nothing, so that clients that look, or clean up before they begin, go on; all else is refused with what to do instead.</content>
internal sealed partial class OpenInferenceService
{
    private const string SharedMemory = "This server opens no shared memory of clients: send tensors in the request (raw_input_contents) and take them from the answer.";

    public override Task<SystemSharedMemoryStatusResponse> SystemSharedMemoryStatus(SystemSharedMemoryStatusRequest request, ServerCallContext context) =>
        Task.FromResult(new SystemSharedMemoryStatusResponse());

    public override Task<SystemSharedMemoryUnregisterResponse> SystemSharedMemoryUnregister(SystemSharedMemoryUnregisterRequest request, ServerCallContext context) =>
        Task.FromResult(new SystemSharedMemoryUnregisterResponse());

    public override Task<SystemSharedMemoryRegisterResponse> SystemSharedMemoryRegister(SystemSharedMemoryRegisterRequest request, ServerCallContext context) => throw Unimplemented(SharedMemory);

    public override Task<CudaSharedMemoryStatusResponse> CudaSharedMemoryStatus(CudaSharedMemoryStatusRequest request, ServerCallContext context) => Task.FromResult(new CudaSharedMemoryStatusResponse());

    public override Task<CudaSharedMemoryUnregisterResponse> CudaSharedMemoryUnregister(CudaSharedMemoryUnregisterRequest request, ServerCallContext context) =>
        Task.FromResult(new CudaSharedMemoryUnregisterResponse());

    public override Task<CudaSharedMemoryRegisterResponse> CudaSharedMemoryRegister(CudaSharedMemoryRegisterRequest request, ServerCallContext context) => throw Unimplemented(SharedMemory);

    public override Task<TraceSettingResponse> TraceSetting(TraceSettingRequest request, ServerCallContext context) => request.Settings.Count == 0
        ? Task.FromResult(new TraceSettingResponse())
        : throw Unimplemented("Traces are not set by clients: the document's telemetry_config says where they are pushed (otlp_endpoint) and how many (trace_sampling_ratio).");

    public override Task<LogSettingsResponse> LogSettings(LogSettingsRequest request, ServerCallContext context) => request.Settings.Count == 0
        ? Task.FromResult(new LogSettingsResponse())
        : throw Unimplemented("Logs are not set by clients: the document's logging_config says what is logged (log_level), and a deploy changes it in place.");
}

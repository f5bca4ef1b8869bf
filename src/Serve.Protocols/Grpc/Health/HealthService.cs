using Grpc.Core;
using Serve.Grpc.Health.V1;
using ServingStatus = Serve.Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Serve.Grpc;

/// <summary>Answers <c>grpc.health.v1.Health</c>.</summary>
/// <param name="health">What the program says.</param>
/// <param name="services">What it has.</param>
/// <param name="sources">What its services say where it says nothing.</param>
/// <param name="stopping">Cancelled when the program begins to end: who watches is told, and let go.</param>
internal sealed class HealthService(GrpcHealth health, MappedServices services, HealthSources sources, CancellationToken stopping) : Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = await StatusOfAsync(request.Service, health.Look().Said, context.CancellationToken);
        return status is not ServingStatus.ServiceUnknown
            ? new HealthCheckResponse { Status = status }
            : throw new RpcException(new RpcStatus(StatusCode.NotFound, $"There is no service '{request.Service}' here."));
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        ServingStatus? last = null;
        while (true)
        {
            var (said, changed) = health.Look();
            var status = await StatusOfAsync(request.Service, said, ended.Token);
            context.CancellationToken.ThrowIfCancellationRequested();
            if (status != last)
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
            last = status;
            if (stopping.IsCancellationRequested)
                throw new RpcException(new RpcStatus(StatusCode.Unavailable, "The program ends."));
            await sources.WaitAsync(changed, ended.Token);
        }
    }

    private async ValueTask<ServingStatus> StatusOfAsync(string service, IReadOnlyDictionary<string, bool> said, CancellationToken cancellationToken)
    {
        if (!said.TryGetValue(service, out var isServing))
        {
            if (service != GrpcHealth.Whole && !services.Has(service))
                return ServingStatus.ServiceUnknown;
            if (!said.TryGetValue(GrpcHealth.Whole, out isServing))
                isServing = await sources.AreServingAsync(service, cancellationToken);
        }

        return isServing && !stopping.IsCancellationRequested ? ServingStatus.Serving : ServingStatus.NotServing;
    }
}

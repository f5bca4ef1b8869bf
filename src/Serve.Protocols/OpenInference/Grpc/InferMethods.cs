using Grpc.Core;

namespace Serve.OpenInference.Grpc;

/// <summary>What answers the calls that run models.</summary>
/// <param name="server">Finds the models.</param>
/// <param name="options">How the protocol is spoken.</param>
internal sealed class InferMethods(Func<IInferenceServer> server, OpenInferenceOptions options)
{
    /// <summary><c>ModelInfer</c>.</summary>
    public Task<InferAnswer> InferAsync(InferCall call, ServerCallContext context) => InferAsync(server(), call, context.CancellationToken);

    /// <summary><c>ModelStreamInfer</c>.</summary>
    public Task StreamAsync(IAsyncStreamReader<InferCall> requests, IServerStreamWriter<StreamAnswer> responses, ServerCallContext context)
    {
        var models = server();
        return new InferStream((call, cancellationToken) => InferAsync(models, call, cancellationToken), context, options.MaxRequestBytes).RunAsync(requests, responses);
    }

    private async Task<InferAnswer> InferAsync(IInferenceServer models, InferCall call, CancellationToken cancellationToken)
    {
        var response = await InferenceRun.RunAsync(models, call.Request, cancellationToken);
        return new InferAnswer(response, call.Request.Id, call.Raw || options.AlwaysRawOutputs);
    }
}

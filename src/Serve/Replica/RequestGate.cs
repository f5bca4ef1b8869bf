using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Replica.Server;
using Serve.Telemetry;

namespace Serve.Replica;

/// <summary>The first middleware of a worker: what came over the hop has its slot already, and gets the context in which its code and its calls run.</summary>
internal sealed class RequestGate(RequestRunner runner, DeploymentInstance instance, RequestObserver observer)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Features.GetRequiredFeature<IRequestContextFeature>().RequestContext;
        var observation = RequestObserver.Begin(instance.Scope, request, context);
        await runner.RunAsync(context, request, next);
        observer.End(observation, request, context);
    }
}

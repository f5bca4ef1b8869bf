using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Replica.Server;

namespace Serve.Replica;

/// <summary>The first middleware of a worker: what came over the hop has its slot already, and gets the context in which its code and its calls run.</summary>
internal sealed class RequestGate(RequestRunner runner, AccessLog access)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var begin = access.Begin();
        try
        {
            await runner.RunAsync(context, context.Features.GetRequiredFeature<IRequestContextFeature>().RequestContext, next);
        }
        finally
        {
            access.End(begin, context);
        }
    }
}

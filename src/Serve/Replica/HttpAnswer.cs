using Microsoft.AspNetCore.Http;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Replica;

/// <summary>The answer to a call that came by HTTP/2.</summary>
internal sealed class HttpAnswer(HttpResponse response) : CallAnswer(response.HttpContext.RequestAborted)
{
    public override async ValueTask SendAsync(PayloadWriter payloads, bool isComplete, CancellationToken cancellationToken)
    {
        var cursor = 0;
        while (payloads.TryGetNext(ref cursor, out var piece))
            await response.Body.WriteAsync(piece, cancellationToken);
    }

    protected override async ValueTask BeginAsync(bool hasFailed, PayloadWriter? body, CancellationToken cancellationToken)
    {
        if (hasFailed)
            response.Headers[HopHeaders.Failed] = "1";
        if (body is null)
        {
            await response.StartAsync(cancellationToken);
            return;
        }

        response.ContentLength = body.Length;
        await SendAsync(body, isComplete: true, cancellationToken);
    }

    protected override void CutOff() => response.HttpContext.Abort();
}

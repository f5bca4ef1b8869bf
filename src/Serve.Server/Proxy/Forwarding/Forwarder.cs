using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Http;
using Serve.Routing;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>Sends a request to a replica of its application's ingress, and to another one where the first did not take it.</summary>
internal sealed partial class Forwarder(ILogger<Forwarder> logger)
{
    /// <summary>How often a request may find a replica's socket dead before it fails.</summary>
    private const int MaxDeadReplicas = 10;

    /// <exception cref="ServeException">The request could not be answered, and nothing of an answer was sent.</exception>
    /// <exception cref="OperationCanceledException">The time is up or the client has gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ForwardAsync(ProxyRequest request)
    {
        using var span = ProxyObserver.StartRoute(request.Context);
        var upgrade = Upgrade.Of(request.Context);
        using var body = upgrade.IsRequested ? RequestBody.Endless() : await RequestBody.BeginAsync(request.Context, request.Deadline.Token);
        var router = FindIngress(request.Application);
        var pick = request.Hints;
        for (var (dead, repeats) = (0, 0); ;)
        {
            using var lease = await router.AcquireAsync(pick, request.Deadline.Token);
            switch (await TryAsync(request, body, upgrade, lease))
            {
                case Outcome.Answered:
                    return;
                case Outcome.NotSent when ++dead > MaxDeadReplicas:
                    throw new DeploymentUnavailableException($"{dead} replicas of deployment '{router.Deployment}' of application '{router.Application}' could not be reached one after the other; try again later.");
                case Outcome.Lost when !MayRepeat(request, body) || !router.TryRepeat(++repeats):
                    throw new ReplicaLostException("Internal Server Error");
            }

            pick = pick.After(lease);
        }
    }

    private static DeploymentRouter FindIngress(ApplicationRouter application) =>
        application.Ingress ?? throw new DeploymentUnavailableException($"Application '{application.Name}' is not ready: {application.Routes.UnavailableReason ?? "it is being deployed."}");

    /// <summary>Whether a second replica may get what a first one may have worked on: its method says that this changes nothing more (RFC 9110 §9.2.2), and all of it is still there.</summary>
    private static bool MayRepeat(ProxyRequest request, RequestBody body)
    {
        var method = request.Context.Request.Method;
        var isIdempotent = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);
        return isIdempotent && !body.IsUnderWay;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome> TryAsync(ProxyRequest request, RequestBody body, Upgrade upgrade, ReplicaLease lease)
    {
        HopStream stream;
        try
        {
            using var head = HeadWriter.Rent();
            RequestHead.Write(head, request, upgrade);
            stream = await ((RemoteReplica)lease.Replica).Hop.OpenAsync(HopKind.Http, head.WrittenMemory, body.Inline, body.IsComplete, request.Deadline.Token);
        }
        catch (HopNotSentException)
        {
            lease.MarkDown();
            return Outcome.NotSent;
        }

        Task? sending = null;
        try
        {
            var answer = await stream.WaitAnswerAsync(request.Deadline.Token);
            if (answer == HopAnswer.Refused)
            {
                Mark(lease, stream.Refusal);
                return Outcome.Refused;
            }

            if (!body.IsComplete && !upgrade.IsRequested)
                sending = body.SendRestAsync(stream, request.Deadline.Token);
            if (answer == HopAnswer.Accepted)
                await stream.WaitAnswerAsync(request.Deadline.Token);
            await AnswerAsync(stream, request, upgrade, lease);
            return Outcome.Answered;
        }
        catch (Exception exception) when (exception is HopResetException or HopProtocolException)
        {
            return Explain(request, body, lease, exception);
        }
        catch (OperationCanceledException)
        {
            if (request.Deadline.HasPassed && !request.HasBegunAnswer)
                lease.RecordFailure();
            stream.Reset(request.Deadline.HasPassed ? HopResetCode.DeadlinePassed : HopResetCode.Cancelled);
            throw;
        }
        finally
        {
            // What is still to be sent is not wanted any more: that ends the sending where it waits for the replica, and then where it waits for the client.
            await stream.DisposeAsync();
            if (sending is not null)
                await body.StopSendingAsync(sending);
        }
    }

    private static ValueTask AnswerAsync(HopStream stream, ProxyRequest request, Upgrade upgrade, in ReplicaLease lease)
    {
        Answer.CopyHead(stream, request, upgrade.IsRequested);
        request.HasBegunAnswer = true;
        if (Answer.IsFailure(request.Context.Response))
            lease.RecordFailure();
        else
            lease.RecordAnswer();
        return upgrade.IsAcceptedBy(request.Context.Response.StatusCode) ? Conversation.RunAsync(stream, request, upgrade) : Answer.CopyBodyAsync(stream, request);
    }

    private static void Mark(in ReplicaLease lease, HopRefusal refusal)
    {
        switch (refusal)
        {
            case HopRefusal.Draining:
                lease.Replica.OnDraining();
                break;
            case HopRefusal.TooManyStreams:
                lease.MarkDown();
                break;
            default:
                lease.MarkFull();
                break;
        }
    }

    /// <summary>Whose fault it is that a stream ended before its time.</summary>
    private Outcome Explain(ProxyRequest request, RequestBody body, in ReplicaLease lease, Exception exception)
    {
        if (!request.HasBegunAnswer)
        {
            request.Deadline.Token.ThrowIfCancellationRequested();
            if (body.ReadFailure is { } failure)
                throw RequestBody.Explain(failure);
            if (exception is HopResetException { Code: HopResetCode.DeadlinePassed })
                throw new RequestTimeoutException("The request did not finish within its time.");
        }

        lease.RecordFailure();
        LogLost(exception, lease.Replica.Id, request.RequestId);
        if (!request.HasBegunAnswer)
            return Outcome.Lost;
        ErrorResponse.CutOff(request.Context, ServeError.ReplicaLost, "The replica was lost while it answered.");
        return Outcome.Answered;
    }

    [LoggerMessage(EventId = 6001, Level = LogLevel.Warning, Message = "Replica {Replica} was lost while it worked on request {RequestId}")]
    private partial void LogLost(Exception? exception, string replica, string requestId);

    private enum Outcome
    {
        Answered,

        /// <summary>The replica did not take it.</summary>
        Refused,

        /// <summary>Nobody listens at the replica's socket.</summary>
        NotSent,

        /// <summary>The replica ended, and nobody knows how far it had come.</summary>
        Lost,
    }
}

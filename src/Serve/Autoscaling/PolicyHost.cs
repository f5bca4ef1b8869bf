using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Discovery;
using Serve.Wire.Control;

namespace Serve.Autoscaling;

/// <summary>Lets the program's scaling policies decide, when the leader asks this replica to. Each is made once for each deployment that it decides for, and asked one question at a time.</summary>
internal sealed partial class PolicyHost(DeploymentCatalog catalog, IServiceProvider services, TimeProvider timeProvider, ILogger<PolicyHost> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Seat> _seats = new(StringComparer.Ordinal);

    /// <summary>Never throws: whatever goes wrong is in the answer.</summary>
    /// <param name="question">A <see cref="PolicyQuestion"/>.</param>
    /// <param name="cancellationToken">Ends when the replica does.</param>
    /// <returns>A <see cref="PolicyAnswer"/>.</returns>
    public async Task<string> AnswerAsync(string question, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(PolicyQuestion.Parse(question), cancellationToken);
        }
        catch (JsonException exception)
        {
            return PolicyAnswer.Failed($"the replica could not read the question: {exception.Message}").ToJson();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var seat in _seats.Values)
            await seat.DisposeAsync();
    }

    private static string TooLate(PolicyQuestion question) => $"it did not decide within {question.Timeout.TotalSeconds:0.###} s (timeout_s).";

    private async Task<string> AnswerAsync(PolicyQuestion question, CancellationToken cancellationToken)
    {
        var seat = _seats.GetOrAdd(question.IsWhole ? "" : question.Deployments[0].Deployment, static _ => new Seat());
        if (!seat.TryEnter())
            return PolicyAnswer.Failed("it was asked while it had not ended its last decision; one that takes long must end when its cancellation token says so.").ToJson();
        // Whoever doesn't heed the token keeps its seat taken, and nothing else.
        var deciding = Task.Run(() => DecideAsync(seat, question, cancellationToken), CancellationToken.None);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = Task.Delay(question.Timeout, timeProvider, patience.Token);
        var isInTime = await Task.WhenAny(deciding, late) == deciding;
        await patience.CancelAsync();
        var answer = (isInTime ? await deciding : PolicyAnswer.Failed(TooLate(question))).ToJson();
        return answer.Length <= PolicyQuestion.MaxAnswerLength ? answer : PolicyAnswer.Failed($"its answer is {answer.Length} characters long; the most is {PolicyQuestion.MaxAnswerLength}. Remember less.").ToJson();
    }

    private async Task<PolicyAnswer> DecideAsync(Seat seat, PolicyQuestion question, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(question.Timeout, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var policy = await seat.TakeAsync(question.Policy, question.Arguments, () => Create(question));
            var advice = await AskAsync(policy, question, both.Token);
            return advice.Select(static pair => PolicyAnswer.WhatIsWrong(pair.Key, pair.Value)).FirstOrDefault(static problem => problem is not null) is { } wrong
                ? PolicyAnswer.Failed(wrong)
                : new PolicyAnswer(advice, Failure: null);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return PolicyAnswer.Failed(TooLate(question));
        }
        catch (Exception exception)
        {
            // The code is the user's, and its failure must not cost the replica.
            LogFailed(exception, question.Policy);
            return PolicyAnswer.Failed($"it threw {exception.GetType().FullName}: {exception.Message}");
        }
        finally
        {
            seat.Leave();
        }
    }

    private static async Task<IReadOnlyDictionary<string, ScalingAdvice>> AskAsync(object policy, PolicyQuestion question, CancellationToken cancellationToken)
    {
        if (!question.IsWhole)
        {
            var context = question.Deployments[0];
            return new Dictionary<string, ScalingAdvice> { [context.Deployment] = await ((IAutoscalingPolicy)policy).DecideAsync(context, cancellationToken) };
        }

        var all = question.Deployments.ToDictionary(static context => context.Deployment, StringComparer.Ordinal);
        var advice = await ((IApplicationAutoscalingPolicy)policy).DecideAsync(all, cancellationToken) ?? throw new InvalidOperationException("It gave null in the place of its advice.");
        return advice.Keys.FirstOrDefault(name => !all.ContainsKey(name)) is { } unknown
            ? throw new InvalidOperationException($"It gave advice for '{unknown}', which it was not asked about; it was asked about {string.Join(", ", all.Keys.Select(static name => $"'{name}'"))}.")
            : advice;
    }

    private object Create(PolicyQuestion question)
    {
        var contract = question.IsWhole ? typeof(IApplicationAutoscalingPolicy) : typeof(IAutoscalingPolicy);
        var type = catalog.ClassesOf(contract).FirstOrDefault(type => type.FullName == question.Policy)
            ?? throw new InvalidOperationException($"The program has no class '{question.Policy}' that implements {contract.Name}.");
        var policy = ActivatorUtilities.CreateInstance(services, type);
        var arguments = question.Arguments is null ? [] : JsonNode.Parse(question.Arguments)!.AsObject();
        if (question.IsWhole)
            ((IApplicationAutoscalingPolicy)policy).Initialize(arguments);
        else
            ((IAutoscalingPolicy)policy).Initialize(arguments);
        return policy;
    }

    [LoggerMessage(EventId = 2020, Level = LogLevel.Warning, Message = "The scaling policy {Policy} failed")]
    private partial void LogFailed(Exception exception, string policy);
}

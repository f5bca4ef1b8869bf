namespace Serve.Replica;

/// <summary>Answers what the leader asks the user's program. Which question it is says its JSON.</summary>
internal interface IReplicaQuestions
{
    /// <param name="question">A JSON text.</param>
    /// <param name="cancellationToken">The program ends.</param>
    /// <returns>The answer, a JSON text.</returns>
    Task<string> AnswerAsync(string question, CancellationToken cancellationToken);
}

using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>What one client may still have decoded.</summary>
internal readonly record struct ClientBudget(string Client, WorkBudget Budget)
{
    /// <inheritdoc cref="WorkBudget.EventsLeft"/>
    public int EventsLeft => Budget.EventsLeft(Client);

    /// <inheritdoc cref="WorkBudget.TakePixels"/>
    public void TakePixels(long count) => Budget.TakePixels(Client, count);

    /// <inheritdoc cref="WorkBudget.SpendEvents"/>
    public void SpendEvents(int count) => Budget.SpendEvents(Client, count);

    /// <inheritdoc cref="WorkBudget.RefuseEvents"/>
    public RefusedException RefuseEvents() => Budget.RefuseEvents();
}

//! What a change of fields means.

use super::{Changes, Class, pairs};
use crate::schema::{Field, Type};

impl Changes {
    pub(super) fn fields(&mut self, place: &str, old: &[Field], new: &[Field]) {
        let pairs = pairs(old, new, |field| (&field.name, &field.former));
        let mut fresh: Vec<&Field> =
            new.iter().filter(|field| !pairs.iter().any(|(_, now)| now.name == field.name)).collect();
        for (before, now) in &pairs {
            self.field(place, before, now);
        }
        for gone in old.iter().filter(|field| !pairs.iter().any(|(before, _)| before.name == field.name)) {
            let what = format!("field `{}` of {place} is gone", gone.name);
            if let Some(at) = fresh.iter().position(|field| field.ty.is(&gone.ty)) {
                let heir = fresh.remove(at);
                let remedy = format!("`#[state(renamed_from = \"{}\")]` on `{}`", gone.name, heir.name);
                self.add(Class::NeedsAlias, format!("{what}, and `{}` has its type; if it is that field, write {remedy}, else its values are dropped", heir.name));
            } else {
                self.add(Class::Safe, format!("{what}; what stored threads hold of it is dropped"));
            }
        }
        for field in fresh {
            let text = format!("field `{}` of {place} is new; threads that lack it start with its default", field.name);
            self.add(Class::Safe, text);
        }
    }

    fn field(&mut self, place: &str, old: &Field, new: &Field) {
        let what = format!("field `{}` of {place}", new.name);
        if old.name != new.name {
            self.add(Class::Safe, format!("{what} was called `{}`, which it says", old.name));
        }
        self.forgotten(&what, (&new.name, &new.former), &old.former, "on it");
        if !new.ty.is(&old.ty) {
            self.retyped(&what, old, new);
        } else if new.ty.container != old.ty.container {
            self.contained(&what, old, new);
        }
        let reads =
            |now: &Type, ty: &Type| now.has_structure(ty) && (ty.container.is_none() || now.container == ty.container);
        let known = |ty: &Type| reads(&new.ty, ty) || new.migrates.iter().any(|from| reads(from, ty));
        for lost in old.migrates.iter().filter(|lost| !known(lost)) {
            let remedy = "put that back, unless no stored thread holds it";
            self.add(Class::NeedsMigration, format!("{what} does not migrate from {lost} any more; {remedy}"));
        }
        if old.reducer != new.reducer {
            let reducer = |field: &Field| {
                field.reducer.as_ref().map_or("no reducer".to_owned(), |reducer| format!("`{reducer}`"))
            };
            let text = format!(
                "{what} had {}, and has {}; threads that were interrupted within a step hold writes to it that cannot be read: let those finish first",
                reducer(old),
                reducer(new)
            );
            self.add(Class::BreaksThreadsInFlight, text);
        }
        if old.ephemeral != new.ephemeral {
            let lasts = if new.ephemeral { "one step" } else { "longer than one step" };
            self.add(Class::Safe, format!("{what} lasts for {lasts} now; what is stored of it is read"));
        }
    }

    fn retyped(&mut self, what: &str, old: &Field, new: &Field) {
        if new.migrates.iter().any(|from| from.has_structure(&old.ty) && takes_changes(from, old)) {
            let text = format!("{what} was {}, from which it migrates to {}", old.ty, new.ty);
            return self.add(Class::Safe, text);
        }
        let changed = format!("{what} was {}, and is {}", old.ty, new.ty);
        let remedy = "write `#[state(migrate(from = Old, with = path))]` on it, or give it a new name";
        self.add(Class::NeedsMigration, format!("{changed}; {remedy}"));
    }

    /// A container became one of another kind, and its structure stayed.
    fn contained(&mut self, what: &str, old: &Field, new: &Field) {
        let (before, now) = (old.ty.kind(), new.ty.kind());
        let changed = format!("{what} was {before}, and is {now}");
        if takes_changes(&new.ty, old) {
            return self.add(Class::Safe, format!("{changed}; what stored threads hold of it is read"));
        }
        if new.migrates.iter().any(|from| from.has_structure(&old.ty) && takes_changes(from, old)) {
            return self.add(Class::Safe, format!("{what} was {before}, from which it migrates"));
        }
        let text = format!(
            "{changed}; threads whose newest records hold changes of it cannot be read: write \
             `#[state(migrate(from = Old, with = path))]` on it, or give it a new name"
        );
        self.add(Class::NeedsMigration, text);
    }
}

/// Whether this type takes what records hold of changes in a field, if they hold any: there are some of containers whose
/// reducer tells what it does.
fn takes_changes(ty: &Type, field: &Field) -> bool {
    let tells = |reducer: &str| ["append", "merge"].contains(&reducer) || reducer.starts_with("upsert");
    let piecewise = !field.ephemeral && field.reducer.as_deref().is_some_and(tells);
    !piecewise || field.ty.container.is_none() || ty.container == field.ty.container
}
